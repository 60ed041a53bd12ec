"""The JSON endpoint by which tests prepare the simulator and read what happened."""

import json
import math
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from simulator import SLUGS
from simulator.faults.armed import ALL_PROVIDERS, UnusableFaultError, armed_fault
from simulator.faults.registry import GROUPS
from simulator.people import CAST
from simulator.providers.registry import PROVIDERS
from simulator.stage import stage

FURTHEST_OFFSET = 10 * 365 * 86400  # seconds


@require_GET
def overview(_request: HttpRequest) -> HttpResponse:
    """List people, faults, armed faults and providers: the table that tests and people share."""
    return JsonResponse(
        {
            "people": [person.as_json() for person in CAST],
            "faults": [
                {"group": group.title} | fault.as_json()
                for group in GROUPS
                for fault in group.faults
            ],
            "armed": [armed.as_json() for armed in stage.faults.all()],
            "providers": [provider.as_json() for provider in PROVIDERS],
        }
    )


@require_http_methods(["POST", "DELETE"])
def faults(request: HttpRequest) -> HttpResponse:
    """Arm a fault, or clear all."""
    if request.method == "DELETE":
        stage.faults.clear()
        return HttpResponse(status=204)
    try:
        return _arm(_json_object(request))
    except UnusableFaultError as error:
        return _refused(str(error), error.allowed)


def _arm(body: dict[str, Any]) -> HttpResponse:
    """Read `fault`, `provider`, `times`; everything else is a parameter of the fault."""
    named = {"fault": None, "provider": ALL_PROVIDERS, "times": 1} | body
    fault, provider, times = (named.pop(name) for name in ("fault", "provider", "times"))
    armed = armed_fault(fault, provider, times, named)
    stage.faults.arm(armed)
    return JsonResponse(armed.as_json(), status=201)


@require_POST
def clients(request: HttpRequest) -> HttpResponse:
    """Register one more redirect URI at a provider (RFC 6749 §3.1.2.2)."""
    body = _json_object(request)
    slug, redirect_uri = body.get("provider"), body.get("redirect_uri")
    if not isinstance(slug, str) or slug not in SLUGS:
        return _refused("There is no such provider.", list(SLUGS))
    if not isinstance(redirect_uri, str) or not _is_redirect_uri(redirect_uri):
        return _refused(
            "“redirect_uri” is an address to return to.", "http(s)://host/path, no fragment"
        )
    stage.redirect_uris.add(slug, redirect_uri)
    return JsonResponse(
        {"provider": slug, "redirect_uris": stage.redirect_uris.of(slug)}, status=201
    )


@require_POST
def clock(request: HttpRequest) -> HttpResponse:
    """Set the seconds that the simulator's clock is ahead, so that no test waits for an expiry."""
    offset = _json_object(request).get("offset")
    if isinstance(offset, bool) or not isinstance(offset, int | float):
        offset = math.nan
    if not abs(offset) <= FURTHEST_OFFSET:
        return _refused("“offset” must be a number of seconds.", {"maximum": FURTHEST_OFFSET})
    stage.clock.offset = float(offset)
    return JsonResponse({"offset": offset})


@require_http_methods(["GET", "DELETE"])
def requests(request: HttpRequest) -> HttpResponse:
    """List the requests to the providers since the last DELETE."""
    if request.method == "GET":
        return JsonResponse(stage.received_requests.as_json(), safe=False)
    stage.received_requests.clear()
    return HttpResponse(status=204)


@require_POST
def reset(_request: HttpRequest) -> HttpResponse:
    stage.reset()
    return HttpResponse(status=204)


def _json_object(request: HttpRequest) -> dict[str, Any]:
    """Return the members of the body; only an object has any."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _is_redirect_uri(value: str) -> bool:
    if not value.isascii() or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "#" not in value


def _refused(sentence: str, allowed: object) -> HttpResponse:
    return JsonResponse({"error": sentence, "allowed": allowed}, status=400)
