"""What a sign-in would have come to whose last step is left out: nothing is made or changed."""

from typing import cast

from django.http import HttpRequest
from django.urls import reverse

from accounts import sign_in_preview
from oauth_client.arrival import Arrival, RefusedError
from oauth_client.dry_run.readings import decision_in_words, rules_read
from oauth_client.dry_run.result import Outcome, Result, keep
from outgoing.trace import recorder_now
from protocol.errors import SignInError
from providers.models import Provider
from sessions.session_request import SignedInRequest

PAGE = "admin:providers_provider_tried"


def arrived(request: HttpRequest, provider: Provider, arrival: Arrival) -> str:
    """Keep what it would have come to; returns the page that shows it to the admin."""
    return _kept(request, provider, Result.of(recorder_now(), outcome=_outcome(arrival)))


def failed(request: HttpRequest, provider: Provider, error: SignInError, diagnosis: str) -> str:
    """Keep where it failed, and of somebody whom the rules refuse all that led to that."""
    found = {}
    if isinstance(error, RefusedError):
        found = {"outcome": _outcome(error.arrival), "welcome": error.rule}
    result = Result.of(recorder_now(), diagnosis=diagnosis, **found)
    return _kept(request, provider, result)


def sid_of(request: HttpRequest) -> str:
    """Return the session that tries, and that alone sees what came out."""
    return cast("SignedInRequest", request).session_token.sid


def _kept(request: HttpRequest, provider: Provider, result: Result) -> str:
    return reverse(PAGE, args=[provider.pk, keep(sid_of(request), result)])


def _outcome(arrival: Arrival) -> Outcome:
    preview = sign_in_preview.preview(arrival.identity, arrival.account, arrival.groups)
    is_welcome = arrival.judgement.decision.allowed and not preview.obstacle
    return Outcome(
        profile=vars(arrival.identity),
        person=preview.user.display_name,
        is_new=preview.is_new,
        obstacle=preview.obstacle,
        decision=decision_in_words(arrival.judgement),
        rules=rules_read(arrival.judgement),
        groups=arrival.groups,
        claims=preview.claims if is_welcome else {},
    )
