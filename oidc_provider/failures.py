"""A refused request of an app: what is kept of it, and what is answered.

The first 30 of an address and hour become rows, which the background thread writes a moment later.
Others are counted, and their reference itself says what has happened.
"""

import logging
import time
import uuid
from collections import Counter

import prometheus_client
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from attempts.references import carrying, new_reference
from oidc_provider.clients import is_trial
from oidc_provider.failure_facts import RefusedRequest, refused_request
from oidc_provider.failure_rows import AppFailure, AppFailureCount
from oidc_provider.models import App
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from sessions.access import NO_STORE
from web.addresses import AddressLimit, forwarding
from web.cache_errors import cache_errors
from web.late_rows import Counted, LateCounts, LateRows, Row
from web.shown import escaped

logger = logging.getLogger(__name__)
REFUSED = AddressLimit("refused-apps", limit=60, window=60)
RECORDED = AddressLimit("failed-apps", limit=30, window=3600)
# Answers of the protocol: nothing is wrong with the app
USUAL = {Refusal.LOGIN_NEEDED, Refusal.CONSENT_NEEDED, Refusal.PERSON_DENIED}
NEVER_CACHED = NO_STORE | {"Pragma": "no-cache"}  # RFC 6749 §5.1, §5.2
CARRIED = "app:"  # before the code that a reference without a row carries
COUNTER = prometheus_client.Counter(
    "signet_app_refusals", "Refused requests of apps, by the cause", ["code"]
)
# NULL for who or what has been deleted meanwhile
PLACES = {
    "user_id": "(SELECT id FROM signet_sessions_user WHERE id = %s)",
    "app_id": "(SELECT id FROM oidc_provider_app WHERE id = %s)",
}


def keep(request: HttpRequest, error: RefusedRequestError) -> str:
    """Keep the refusal for the admin, and return the reference under which it can be found.

    This needs no query, so nobody waits for it. A try-out reports its own, so it leaves none here.
    """
    if error.refusal in USUAL or is_trial():
        return new_reference()
    COUNTER.labels(error.refusal.value).inc()
    refused = refused_request(request, error)
    reference = new_reference()
    if _is_one_too_many(request) or not ROWS.add(_row(request, error, refused, reference)):
        reference = carrying(CARRIED + error.refusal, refused.client_id, time.time())
        COUNTS.add(refused.client_id, error.refusal.value)
    facts = " ".join(f"{name}={value!r}" for name, value in refused.facts.items())
    words = "app refused: code=%s reference=%s client_id=%r %s"
    logger.warning(words, error.refusal, reference, refused.client_id, facts)
    return reference


def _row(
    request: HttpRequest, error: RefusedRequestError, refused: RefusedRequest, reference: str
) -> Row:
    return {
        "id": uuid.uuid4(),
        "reference": reference,
        "created_at": timezone.now(),
        "app_id": None,  # `_with_apps` finds it
        "client_id": refused.client_id,
        "refusal": error.refusal.value,
        "error": error.said.error,
        "user_id": refused.sub or None,
        "address": forwarding(request).address[:45],  # characters of the column
        "user_agent": escaped(request.META.get("HTTP_USER_AGENT", "")[:200])[:200],
        "facts": refused.facts,
        "is_handled": False,
    }


def _is_one_too_many(request: HttpRequest) -> bool:
    """Count a refusal of this address; while the cache is gone, each might be one of a flood."""
    try:
        return not RECORDED.count(request)
    except cache_errors():
        return True


def _with_apps(rows: list[Row]) -> list[Row]:
    """Name the app of each row: one query for all."""
    apps = _ids({row["client_id"] for row in rows})
    return [row | {"app_id": apps.get(row["client_id"])} for row in rows]


def _of_known_apps(counted: Counted) -> Counted:
    """Count under "" what names no app, so that nobody can invent rows."""
    known = _ids({client_id for _, client_id, _ in counted})
    numbers: Counter[tuple[str, ...]] = Counter()
    for (day, client_id, code), number in counted.items():
        numbers[day, client_id if client_id in known else "", code] += number
    return numbers


def _ids(client_ids: set[str]) -> dict[str, int]:
    return dict(App.objects.filter(slug__in=client_ids).values_list("slug", "pk"))


ROWS = LateRows(AppFailure, "a refused request was not recorded", PLACES, _with_apps)
COUNTS = LateCounts(AppFailureCount, ("client_id", "refusal"), _of_known_apps)


def tell_app(request: HttpRequest, error: RefusedRequestError) -> HttpResponse:
    """Return the error response of the token endpoint and its like (RFC 6749 §5.2).

    An app that keeps failing from one address is asked to wait; one that succeeds never is.
    """
    keep(request, error)
    said = error.said
    if not is_trial() and not REFUSED.count(request):
        response = JsonResponse({"error": said.error}, status=429, headers=NEVER_CACHED)
        response["Retry-After"] = str(REFUSED.seconds_left())
        return response
    members = {"error": said.error, "error_description": said.description}
    status = {"invalid_client": 401, "server_error": 503}.get(said.error, 400)
    response = JsonResponse(members, status=status, headers=NEVER_CACHED)
    if request.method != "POST":
        response.status_code, response["Allow"] = 405, "POST"
    if status == 401 and "HTTP_AUTHORIZATION" in request.META:
        response["WWW-Authenticate"] = 'Basic realm="Signet", charset="UTF-8"'
    return response
