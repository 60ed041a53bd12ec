"""Say whom new rules would refuse, and keep admins from locking themselves out by them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from access_rules.applying import applying, rules_of
from access_rules.decision import Rule, decide
from access_rules.models import AccessRule
from access_rules.rule_kinds import RuleKind
from access_rules.stored import known_evidence
from attempts.models import SignInAttempt
from protocol.errors import ErrorCode
from providers.models import Policy, Provider
from sessions.models import User
from sessions.session_request import SessionRequest

PEOPLE = 200  # who are judged by a draft
SIGN_INS = 2000  # among which they are looked for: some people sign in very often
BUTTON = "_what_if"
LOCKED_OUT = gettext_lazy(
    "This would lock you out. You are signed in with {provider}, and you match none of these rules."
    " First add a rule that you match, such as your verified email address."
)
NOT_VOUCHED_FOR = gettext_lazy(
    "This would lock you out. You are signed in with {provider}, and a rule matches your address, "
    "but its domain is not trusted. First add it to the trusted email domains of {provider}."
)
NOT_KNOWN = gettext_lazy(
    "This might lock you out. You are signed in with {provider}, and Signet does not know "
    "whether you match these rules. Save the rules on the page of {provider}. Signet then asks "
    "{provider}. Or add a rule for your verified email address."
)
PROBLEMS = {
    ErrorCode.MEMBERSHIP_UNKNOWN: NOT_KNOWN,
    ErrorCode.DOMAIN_NOT_VOUCHED_FOR: NOT_VOUCHED_FOR,
    ErrorCode.NOT_ALLOWED: LOCKED_OUT,
}
NOBODY = gettext_lazy("Nobody has signed in with this provider lately.")
ONE_REFUSED = gettext_lazy(
    "One person has signed in with this provider lately, and could not sign in any more."
)
ONE_LET_IN = gettext_lazy(
    "One person has signed in with this provider lately, and could still sign in."
)
ONE_UNKNOWN = gettext_lazy(
    "One person has signed in with this provider lately, and only the provider can tell whether "
    "they could still sign in."
)
UNKNOWN = ErrorCode.MEMBERSHIP_UNKNOWN  # the error that the provider could settle


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
        raise ValidationError(PROBLEMS[problem].format(provider=used.name), problem)


def used_provider(request: HttpRequest) -> Provider | None:
    """Return the provider of this session, None after a sign-in by password."""
    token = cast("SessionRequest", request).session_token
    slug = token.claims.get("idp") if token else None
    return Provider.objects.filter(slug=slug).first() if slug else None


def is_only_unknown(errors: Iterable[Any]) -> bool:
    """Tell whether all that is wrong with a form is that the provider was not asked yet."""
    return {error.code for error in errors} == {UNKNOWN}


def _problem(request: HttpRequest, provider: Provider, rules: tuple[Rule, ...]) -> ErrorCode | None:
    """Return the key of what is wrong; None if these rules let in one of the admin's accounts."""
    accounts = SocialAccount.objects.filter(user_id=request.user.pk, provider=provider.slug)
    known = known_evidence(list(accounts), provider.may_vouch_for)
    policy = Policy(provider.who_may_sign_in)
    reasons = {decide(policy, rules, evidence).reason for evidence in known.values()}
    if not reasons or None in reasons:
        return None
    return next((code for code in PROBLEMS if code in reasons), ErrorCode.NOT_ALLOWED)


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
        if self.people < 2:
            return str(self._of_one() if self.people else NOBODY)
        refused = _("Of the last {people} people who signed in, {refused} would be refused.")
        refused = refused.format(people=self.people, refused=len(self.refused))
        number = len(self.unknown)
        unknown = ngettext(
            "For {number} person, only the provider can tell.",
            "For {number} people, only the provider can tell.",
            number,
        ).format(number=number)
        return f"{refused} {unknown}" if number else refused

    def _of_one(self) -> Promise:
        if self.unknown:
            return ONE_UNKNOWN
        return ONE_REFUSED if self.refused else ONE_LET_IN


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
