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
from django.utils.translation import gettext_lazy as _

from access_rules.applying import Judgement
from access_rules.decision import Rule, RuleKind, in_plain_words, matches
from accounts.people import plan_sign_in
from attempts.models import as_json
from audit.models import UNKNOWN
from diagnosis import in_words
from oauth_client import waiting_forms
from oauth_client.arrival import Arrival, RefusedError
from outgoing.trace import recorder_now
from protocol.errors import SignInError
from providers.models import Policy, Provider
from sessions.session_request import SignedInRequest
from sessions.session_tokens import session_claims
from sessions.starting import SessionStart, new_session

LIFETIME = 600  # seconds
ANYONE = _("Anyone can sign in with this provider.")
KNOWN = _("People who already have an account can sign in, and this person has one.")
BY_RULE = _("An access rule lets in {people}.")
NO_RULES = _("Only people who match a rule can sign in, but there are no rules.")
NO_MATCH = _("Only people who match a rule can sign in, but this person doesn't match any.")
STRANGER = _(
    "Only people who have an account or an invitation can sign in. This person has neither."
)
FINDINGS = {True: _("Matches"), False: _("Doesn't match"), None: _("Couldn't be checked")}
LETS_IN = _("Lets in")
GRANTS = _("Adds groups: {groups}")
LETS_IN_AND_GRANTS = _("Lets in, and adds groups: {groups}")
IDLE = {  # the effect of a rule that lets nobody in and grants no group
    Policy.ANYONE: _("Nothing, because anyone can sign in"),
    Policy.KNOWN: _("Nothing, because only people with an account or an invitation can sign in"),
}


@dataclass(frozen=True)
class AskedRule:
    """An access rule: what it is about, what was found, and what it does."""

    name: str
    finding: str
    effect: str
    is_deciding: bool


@dataclass(frozen=True)
class PlannedSignIn:
    """What the sign-in would have done: a profile, an account, a decision, a JWT's payload."""

    profile: dict[str, Any]  # members of an `Identity`
    person: str
    is_new: bool
    obstacle: str  # a diagnosis, or ""
    decision: str  # in plain words
    rules: tuple[AskedRule, ...]
    groups: tuple[str, ...]
    claims: dict[str, Any]  # empty if no JWT would be issued


@dataclass(frozen=True)
class DryRun:
    """A dry run that has ended. Its messages are redacted, as those of every sign-in."""

    hops: str  # JSON
    diagnosis: str  # the code of its failure, "" for none
    welcome: str  # whom the rules let in, after they refused
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
        return waiting_forms.leave(form, in_words(diagnosis))
    if not isinstance(error, RefusedError):
        return _kept(request, provider, diagnosis)
    return _kept(request, provider, diagnosis, error.rule, _planned(error.arrival))


def _kept(
    request: HttpRequest,
    provider: Provider,
    diagnosis: str = "",
    welcome: str = "",
    outcome: PlannedSignIn | None = None,
) -> str:
    key = secrets.token_urlsafe(9)
    result = DryRun(as_json(recorder_now().hops), diagnosis, welcome, outcome)
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
        decision=decision_in_words(arrival.judgement),
        rules=rules_asked(arrival.judgement),
        groups=decision.groups,
        claims=claims,
    )


def decision_in_words(judgement: Judgement) -> str:
    """Say why this person may sign in, or may not."""
    policy, decision = judgement.policy, judgement.decision
    if policy is Policy.ANYONE:
        return str(ANYONE)
    if policy is Policy.KNOWN and judgement.evidence.is_known:
        return str(KNOWN)
    if decision.rule is not None:
        return BY_RULE.format(people=in_plain_words([decision.rule]))
    if policy is Policy.KNOWN:
        return str(STRANGER)
    return str(NO_MATCH if judgement.rules else NO_RULES)


def rules_asked(judgement: Judgement) -> tuple[AskedRule, ...]:
    """Return every rule that applies to the provider, in their order."""
    return tuple(_asked(rule, judgement) for rule in judgement.rules)


def _asked(rule: Rule, judgement: Judgement) -> AskedRule:
    policy = judgement.policy
    # If a rule does not decide who may sign in, it only grants groups.
    decides = policy is Policy.MATCHING or (
        policy is Policy.KNOWN and rule.kind is RuleKind.INVITED
    )
    return AskedRule(
        name=f"{rule.kind.label} {rule.value}",
        finding=str(FINDINGS[matches(rule, judgement.evidence)]),
        effect=_effect(rule, policy, decides=decides),
        is_deciding=decides and rule is judgement.decision.rule,
    )


def _effect(rule: Rule, policy: Policy, *, decides: bool) -> str:
    if not rule.groups:
        return str(LETS_IN if decides else IDLE[policy])
    effect = LETS_IN_AND_GRANTS if decides else GRANTS
    return effect.format(groups=", ".join(rule.groups))
