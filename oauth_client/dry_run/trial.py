"""The end of a dry run: in place of step 8, keep what it would do, and change nothing."""

import time
from typing import Any, cast

from django.http import HttpRequest
from django.urls import reverse

from accounts.sign_in_plan import plan_sign_in
from audit.actor import UNKNOWN
from oauth_client.arrival import Arrival, RefusedError
from oauth_client.dry_run.asked_rules import decision_in_words, rules_asked
from oauth_client.dry_run.result import DryRun, PlannedSignIn, keep
from outgoing.trace import recorder_now
from protocol.errors import SignInError
from providers.models import Provider
from sessions.models import User
from sessions.session_request import SignedInRequest
from sessions.session_tokens import session_claims
from sessions.starting import SessionStart, new_session

PAGE = "admin:providers_provider_tried"


def arrived(request: HttpRequest, provider: Provider, arrival: Arrival) -> str:
    """Keep what the sign-in would do; return the address of the page that shows it."""
    return _kept(request, provider, DryRun.of(recorder_now(), outcome=_outcome(arrival)))


def failed(request: HttpRequest, provider: Provider, error: SignInError, diagnosis: str) -> str:
    """Keep why it failed; after a refusal by the rules, also what they were asked about."""
    found = {}
    if isinstance(error, RefusedError):
        found = {"outcome": _outcome(error.arrival), "welcome": error.rule}
    result = DryRun.of(recorder_now(), diagnosis=diagnosis, **found)
    return _kept(request, provider, result)


def sid_of(request: HttpRequest) -> str:
    """Return the `sid` of the session that tries: only this session sees the result."""
    return cast("SignedInRequest", request).session_token.sid


def _kept(request: HttpRequest, provider: Provider, result: DryRun) -> str:
    return reverse(PAGE, args=[provider.pk, keep(sid_of(request), result)])


def _outcome(arrival: Arrival) -> PlannedSignIn:
    plan = plan_sign_in(arrival.identity, arrival.account, is_trial=True)
    person, is_welcome = plan.person(), arrival.judgement.decision.allowed and not plan.refusal
    return PlannedSignIn(
        profile=vars(arrival.identity),
        person=person.display_name,
        is_new=plan.account is None,
        obstacle=plan.refusal or "",
        decision=decision_in_words(arrival.judgement),
        rules=rules_asked(arrival.judgement),
        groups=arrival.judgement.decision.groups,
        claims=_claims(person, arrival) if is_welcome else {},
    )


def _claims(person: User, arrival: Arrival) -> dict[str, Any]:
    """Return the payload of the JWT that would be issued; the session is not saved."""
    start = SessionStart(UNKNOWN, arrival.judgement.decision.groups)
    session = new_session(person, start, arrival.identity.provider)
    return session_claims(session, person, int(time.time()))
