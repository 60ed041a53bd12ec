"""The end of a dry run: keep what step 8 would do, and change nothing.

The result is kept for ten minutes, for the session of the admin who began the dry run.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any, cast

from django.core.cache import caches
from django.http import HttpRequest
from django.urls import reverse

from accounts.people import plan_sign_in
from attempts.models import as_json
from audit.models import UNKNOWN
from oauth_client import waiting_forms
from oauth_client.arrival import Arrival, RefusedError
from oauth_client.verdict import Verdict
from outgoing.trace import recorder_now
from protocol.errors import SignInError
from providers.models import Provider
from sessions.session_request import SignedInRequest
from sessions.session_tokens import session_claims
from sessions.starting import SessionStart, new_session

LIFETIME = 600  # seconds


@dataclass(frozen=True)
class PlannedSignIn:
    """What the sign-in would have done: a profile, an account, a decision, a JWT's payload."""

    profile: dict[str, Any]  # members of an `Identity`
    person: str
    is_new: bool
    obstacle: str  # a diagnosis, or ""
    verdict: Verdict
    groups: tuple[str, ...]
    claims: dict[str, Any]  # empty if no JWT would be issued


@dataclass(frozen=True)
class DryRun:
    """A dry run that has ended. Its messages are redacted, as those of every sign-in.

    It has no text of ours: each reader gets it in their own language.
    """

    hops: str  # JSON
    diagnosis: str  # the code of its failure, "" for none
    outcome: PlannedSignIn | None


def keep_plan(request: HttpRequest, provider: Provider, arrival: Arrival, next_: str) -> str:
    """Keep what the sign-in would do; return the address of the page that shows it.

    If a form waits for the answer at `next_`, go back to it.
    """
    if form := waiting_forms.ASKING.find(request, next_):
        return waiting_forms.answer(request, form, arrival)
    return _kept(request, provider, outcome=_planned(arrival))


def keep_failure(
    request: HttpRequest, provider: Provider, error: SignInError, diagnosis: str, next_: str
) -> str:
    """Keep why it failed; of a refusal by the rules, also the person and the rules."""
    if form := waiting_forms.ASKING.find(request, next_):
        if isinstance(error, RefusedError):  # by the rules as they are: what it knows is enough
            return waiting_forms.answer(request, form, error.arrival)
        return waiting_forms.leave(form, diagnosis)
    if not isinstance(error, RefusedError):
        return _kept(request, provider, diagnosis)
    return _kept(request, provider, diagnosis, _planned(error.arrival))


def _kept(
    request: HttpRequest,
    provider: Provider,
    diagnosis: str = "",
    outcome: PlannedSignIn | None = None,
) -> str:
    key = secrets.token_urlsafe(9)
    result = DryRun(as_json(recorder_now().hops), diagnosis, outcome)
    caches["traces"].set(_name(request, key), result, LIFETIME)
    return reverse("admin:providers_provider_tried", args=[provider.pk, key])


def find(request: HttpRequest, key: str) -> DryRun | None:
    """Return the result of a dry run, None if it is gone or belongs to another session."""
    found: DryRun | None = caches["traces"].get(_name(request, key))
    return found


def sid_of(request: HttpRequest) -> str:
    """Return the `sid` of the session that tries: only this session sees the result."""
    return cast("SignedInRequest", request).session_token.sid


def _name(request: HttpRequest, key: str) -> str:
    """Return a name that is short enough for every cache, even if the key is very long."""
    return f"tried:{sid_of(request)}:{hashlib.sha256(key.encode()).hexdigest()}"


def _planned(arrival: Arrival) -> PlannedSignIn:
    """Return what the sign-in would do, with the payload of the JWT. The session is not saved."""
    identity, decision = arrival.identity, arrival.judgement.decision
    plan = plan_sign_in(identity, arrival.account, is_trial=True)
    person, claims = plan.person(), {}
    if decision.allowed and not plan.refusal:
        start = SessionStart(UNKNOWN, decision.groups)
        session = new_session(person, start, identity.provider)
        claims = session_claims(session, person, int(time.time()))
    return PlannedSignIn(
        profile=vars(identity),
        person=person.display_name,
        is_new=plan.account is None,
        obstacle=plan.refusal or "",
        verdict=Verdict.of(arrival.judgement),
        groups=decision.groups,
        claims=claims,
    )
