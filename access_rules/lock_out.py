"""Say whom new rules would refuse, and keep admins from locking themselves out by them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from access_rules.applying import applying, rules_of
from access_rules.decision import Rule, RuleKind, decide
from access_rules.models import AccessRule
from access_rules.stored import known_evidence
from attempts.models import SignInAttempt
from protocol.errors import ErrorCode
from providers.models import Policy, Provider
from sessions.models import User
from sessions.session_request import SessionRequest

PEOPLE = 200  # who are judged by a draft
SIGN_INS = 2000  # among which they are looked for: some people sign in very often
BUTTON = "_what_if"
LOCKED_OUT = (
    "You are signed in through {}, and could not sign in through it again: none of these rules is"
    " about you. First add one about you, such as your verified address."
)
NOT_VOUCHED_FOR = (
    "You are signed in through {0}, and could not sign in through it again: a rule is about your "
    "address, but {0} may not vouch for it. First add its domain to what {0} may vouch for."
)
NOT_KNOWN = (
    "You are signed in through {0}, and might not be able to sign in through it again: Signet does "
    "not know whether these rules are about you. Save them on the page of {0}, so that Signet can "
    "ask it, or add a rule about your verified address."
)
UNKNOWN = "membership_unknown"  # code of the error that the provider could settle


def refuse_lock_out(
    request: HttpRequest, rules: Iterable[AccessRule], provider: Provider | None = None
) -> None:
    """Raise `ValidationError` if this admin could not sign in again through the same provider.

    `rules` and `provider` are what the admin wants to save; `rules` are those of all providers.
    Admins who signed in by password, and changes that decide nothing, are not refused.
    """
    used = used_provider(request)
    if used is None:
        return
    draft = provider if provider and provider.pk == used.pk else used
    after = applying(rules, used)
    new = draft.who_may_sign_in, draft.vouches_for, _deciding(after)
    old = used.who_may_sign_in, used.vouches_for, _deciding(rules_of(used))
    if new == old or draft.who_may_sign_in not in list(Policy):
        return
    if problem := _problem(request, draft, after):
        raise ValidationError(problem.format(used.name), UNKNOWN if problem == NOT_KNOWN else "")


def used_provider(request: HttpRequest) -> Provider | None:
    """Return the provider of this session, None after a sign-in by password."""
    token = cast("SessionRequest", request).session_token
    slug = token.claims.get("idp") if token else None
    return Provider.objects.filter(slug=slug).first() if slug else None


def is_only_unknown(errors: Iterable[Any]) -> bool:
    """Tell whether all that is wrong with a form is that the provider was not asked yet."""
    return {error.code for error in errors} == {UNKNOWN}


def _problem(request: HttpRequest, provider: Provider, rules: tuple[Rule, ...]) -> str:
    """Say what is wrong with these rules; "" if they let in one of the admin's accounts."""
    accounts = SocialAccount.objects.filter(user_id=request.user.pk, provider=provider.slug)
    known = known_evidence(list(accounts), provider.may_vouch_for)
    policy = Policy(provider.who_may_sign_in)
    reasons = {decide(policy, rules, evidence).reason for evidence in known.values()}
    if not reasons or None in reasons:
        return ""
    if ErrorCode.MEMBERSHIP_UNKNOWN in reasons:
        return NOT_KNOWN
    return NOT_VOUCHED_FOR if ErrorCode.DOMAIN_NOT_VOUCHED_FOR in reasons else LOCKED_OUT


def _deciding(rules: Iterable[Rule]) -> set[tuple[RuleKind, str]]:
    """Return the part of the rules that decides, without groups and order."""
    return {(rule.kind, rule.value) for rule in rules}


@dataclass(frozen=True)
class Forecast:
    """What would happen to the last people who signed in. Those in neither list may sign in."""

    people: int  # the number of people who were judged
    refused: list[User] = field(default_factory=list)
    unknown: list[User] = field(default_factory=list)  # only the provider knows

    @property
    def words(self) -> str:
        people = "person" if self.people == 1 else f"{self.people} people"
        unknown = f", and of {len(self.unknown)} it is not known" if self.unknown else ""
        return (
            f"Of the last {people} who signed in through it, {len(self.refused)} would be "
            f"refused{unknown}."
        )


def forecast(provider: Provider, rules: Iterable[AccessRule]) -> Forecast:
    """Judge by what is stored here, in four queries. This does not ask the provider.

    `provider` and `rules` have the values to try. `rules` are those of all providers.
    """
    policy = Policy(provider.who_may_sign_in)
    drafted = applying(rules, provider)
    accounts = _accounts_of_the_last(provider)
    evidence = known_evidence(accounts, provider.may_vouch_for)
    reasons: dict[User, set[ErrorCode | None]] = defaultdict(set)
    for account in accounts:
        reasons[account.user].add(decide(policy, drafted, evidence[account.pk]).reason)
    # One account that is let in is enough: its reason is None.
    not_let_in = [user for user, found in reasons.items() if None not in found]
    unknown = [user for user in not_let_in if ErrorCode.MEMBERSHIP_UNKNOWN in reasons[user]]
    refused = [user for user in not_let_in if user not in unknown]
    return Forecast(len(reasons), refused, unknown)


def _accounts_of_the_last(provider: Provider) -> list[SocialAccount]:
    """Return the accounts of the last people who signed in, the newest sign-in first."""
    successes = SignInAttempt.objects.filter(
        provider=provider.slug, diagnosis="", user__isnull=False
    )
    users = successes.order_by("-created_at").values_list("user_id", flat=True)[:SIGN_INS]
    order = {user: n for n, user in enumerate(list(dict.fromkeys(filter(None, users)))[:PEOPLE])}
    accounts = SocialAccount.objects.filter(provider=provider.slug, user__in=order)
    return sorted(accounts.select_related("user"), key=lambda account: order[account.user_id])
