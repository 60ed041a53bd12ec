"""The end of a dry run: in place of step 8, keep what it would do, and change nothing.

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

from access_rules.applying import Judgement
from access_rules.decision import Rule, RuleKind, in_plain_words, matches
from accounts.people import plan_sign_in
from attempts.models import as_json
from audit.models import UNKNOWN
from oauth_client.arrival import Arrival, RefusedError
from outgoing.trace import recorder_now
from protocol.errors import SignInError
from providers.models import Policy, Provider
from sessions.models import User
from sessions.session_request import SignedInRequest
from sessions.session_tokens import session_claims
from sessions.starting import SessionStart, new_session

ANYONE = "Anyone may sign in through this provider."
KNOWN = "People who are known here already may sign in, and this one is."
NO_RULES = "Only people whom a rule is about may sign in, and there is no rule."
NO_MATCH = (
    "Only people whom a rule is about may sign in, and no rule is known to be about this one."
)
STRANGER = "Only people who are known here already or invited may sign in, and this one is neither."
FINDINGS = {True: "matched", False: "did not match", None: "could not be looked up"}

IDLE = {  # the effect of a rule that lets nobody in and grants no group
    Policy.ANYONE: "nothing, while anyone may sign in",
    Policy.KNOWN: "nothing: only people who are known or invited may sign in",
}


@dataclass(frozen=True)
class AskedRule:
    """An access rule: what it is about, what was found, and what it does."""

    name: str
    finding: str
    effect: str
    is_deciding: bool = False


def decision_in_words(judgement: Judgement) -> str:
    """Say why this person may sign in, or may not."""
    policy, decision = judgement.policy, judgement.decision
    if policy is Policy.ANYONE:
        return ANYONE
    if policy is Policy.KNOWN and judgement.evidence.is_known:
        return KNOWN
    if decision.rule is not None:
        return f"A rule lets in {in_plain_words([decision.rule])}."
    if policy is Policy.KNOWN:
        return STRANGER
    return NO_MATCH if judgement.rules else NO_RULES


def rules_asked(judgement: Judgement) -> tuple[AskedRule, ...]:
    """Return every rule that applies to the provider, in their order."""
    policy = judgement.policy
    return tuple(
        AskedRule(
            name=f"{rule.kind.label} {rule.value}",
            finding=FINDINGS[matches(rule, judgement.evidence)],
            effect=_effect(rule, policy),
            is_deciding=_lets_in(rule, policy) and rule is judgement.decision.rule,
        )
        for rule in judgement.rules
    )


def _effect(rule: Rule, policy: Policy) -> str:
    """Say what the rule does for those it is about."""
    grants = f"grants {', '.join(rule.groups)}" if rule.groups else ""
    lets_in = "lets in" if _lets_in(rule, policy) else ""
    return " and ".join(filter(None, (lets_in, grants))) or IDLE[policy]


def _lets_in(rule: Rule, policy: Policy) -> bool:
    """Tell whether the rule decides who may sign in. If not, it only grants groups."""
    return policy is Policy.MATCHING or (policy is Policy.KNOWN and rule.kind is RuleKind.INVITED)


PAGE = "admin:providers_provider_tried"
LIFETIME = 600  # seconds


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
    diagnosis: str = ""  # the code of its failure
    welcome: str = ""  # whom the rules let in, after they refused
    outcome: PlannedSignIn | None = None


def arrived(request: HttpRequest, provider: Provider, arrival: Arrival) -> str:
    """Keep what the sign-in would do; return the address of the page that shows it."""
    return _kept(request, provider, outcome=_planned(arrival))


def failed(request: HttpRequest, provider: Provider, error: SignInError, diagnosis: str) -> str:
    """Keep why it failed. After a refusal by the rules, keep the person and the rules too."""
    planned = {}
    if isinstance(error, RefusedError):
        planned = {"outcome": _planned(error.arrival), "welcome": error.rule}
    return _kept(request, provider, diagnosis=diagnosis, **planned)


def find(request: HttpRequest, key: str) -> DryRun | None:
    """Return the result of a dry run, None if it is gone or belongs to another session."""
    found: DryRun | None = caches["traces"].get(_name(request, key))
    return found


def sid_of(request: HttpRequest) -> str:
    """Return the `sid` of the session that tries: only this session sees the result."""
    return cast("SignedInRequest", request).session_token.sid


def _kept(request: HttpRequest, provider: Provider, **found: Any) -> str:
    key = secrets.token_urlsafe(9)
    result = DryRun(as_json(recorder_now().hops), **found)
    caches["traces"].set(_name(request, key), result, LIFETIME)
    return reverse(PAGE, args=[provider.pk, key])


def _name(request: HttpRequest, key: str) -> str:
    """Return a name that is short enough for every cache, even if the key is very long."""
    return f"tried:{sid_of(request)}:{hashlib.sha256(key.encode()).hexdigest()}"


def _planned(arrival: Arrival) -> PlannedSignIn:
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
