"""The replies of faults in several modules, and their changes to a good reply."""

import json
import time
from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from simulator import SLUGS, wire
from simulator.faults.fault import SIGNED_IN, Fault, Forecast, Parameter, Parameters, always
from simulator.faults.misbehaviour import Misbehaviour, Reply
from simulator.providers.refusals import TokenResponse

DEPTH = 10_000
PATIENCE = 9  # seconds; Signet gives a whole sign-in ten
SECONDS = Parameter("seconds", "seconds", minimum=0, maximum=60, default=3)


def answered(name: str, title: str, explanation: str, outcome: Forecast, reply: Reply) -> Fault:
    """Return the fault of a token endpoint with this reply."""
    return Fault(name, title, explanation, outcome, always(Misbehaviour(token_response=reply)))


# Instead of the response


def html(status: int, title: str) -> Reply:
    page = f"<!DOCTYPE html><title>{status}</title><h1>{title}</h1>"
    return lambda _request, _response: HttpResponse(page, status=status)


def refused(status: int, **headers: str) -> Reply:
    """Respond with an error object, as both APIs do."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request, _response: JsonResponse(
        {"message": "No", "error": "invalid_token"}, status=status, headers=named
    )


def with_a_pause_asked_for(_request: HttpRequest, _response: HttpResponse) -> HttpResponse:
    return HttpResponse("slow down", "text/plain", 429, headers={"Retry-After": "60"})


def through_another_host(status: int) -> Reply:
    """Redirect to the same address under this machine's other name."""

    def redirect(request: HttpRequest, _response: HttpResponse) -> HttpResponse:
        host, _, port = request.get_host().rpartition(":")
        other = "127.0.0.1" if host == "localhost" else "localhost"
        url = f"http://{other}:{port}{request.get_full_path()}"
        return HttpResponseRedirect(url, status=status)

    return redirect


def raw(write: wire.Write) -> Reply:
    return lambda _request, _response: wire.RawResponse(write)


# The response, in another way


def only_at(end: str, reply: Reply) -> Reply:
    """Misbehave only at the address with this ending."""
    return lambda request, response: (
        reply(request, response) if request.path.endswith(end) else response
    )


def announced_as(content_type: str) -> Reply:
    """Send the same JSON under another media type."""

    def announced(_request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.headers["Content-Type"] = content_type
        return response

    return announced


def after(seconds: float) -> Reply:
    """Delay a response. The thread that sleeps here serves only this client."""

    def wait(_request: HttpRequest, response: HttpResponse) -> HttpResponse:
        time.sleep(seconds)
        return response

    return wait


def unless_too_late(parameters: Parameters) -> dict[str, str]:
    """Return the outcome of an answer that comes `after` this many seconds."""
    return dict.fromkeys(SLUGS, "timeout" if parameters["seconds"] > PATIENCE else SIGNED_IN)


# Another body


def with_body(body: str, content_type: str = "application/json") -> Reply:
    return lambda _request, response: HttpResponse(body, content_type, response.status_code)


def nested(depth: int) -> str:
    return json.dumps({"access_token": "deep", "more": 0}).replace("0", "[" * depth + "]" * depth)


def with_member(name: str, value: object) -> Callable[[TokenResponse], TokenResponse]:
    return lambda response: replace(response, members=response.members | {name: value})


def without_member(name: str) -> Callable[[TokenResponse], TokenResponse]:
    def rewritten(response: TokenResponse) -> TokenResponse:
        rest = {key: value for key, value in response.members.items() if key != name}
        return replace(response, members=rest)

    return rewritten
