"""Whom a draft of the rules would refuse, of the people who signed in lately."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from allauth.socialaccount.models import SocialAccount

from access_rules.decision import Decision, decide
from access_rules.models import AccessRule
from access_rules.stored import known_facts
from attempts.models import SignInAttempt
from protocol.errors import ErrorCode
from providers.models import Policy, Provider
from sessions.models import User

PEOPLE = 200
SIGN_INS = 2000  # among which they are looked for: some people sign in very often
BUTTON = "_what_if"


@dataclass(frozen=True)
class Forecast:
    """What would follow for the last people who signed in; who is in no list would be let in."""

    asked: int
    refused: list[User] = field(default_factory=list)
    unknown: list[User] = field(default_factory=list)  # the provider would have to be asked

    @property
    def words(self) -> str:
        """Say it in one sentence."""
        people = "person" if self.asked == 1 else f"{self.asked} people"
        unknown = f", and of {len(self.unknown)} it is not known" if self.unknown else ""
        return (
            f"Of the last {people} who signed in through it, {len(self.refused)} would be "
            f"refused{unknown}."
        )


def forecast(provider: Provider, rules: Iterable[AccessRule]) -> Forecast:
    """Judge by what is known here: four queries, and nothing is asked of the provider.

    `provider` is as it would be, and `rules` are all that there would be.
    """
    policy = Policy(provider.who_may_sign_in)
    asked = [rule.as_rule() for rule in rules if rule.applies_to(provider.pk)]
    found = _accounts_of_the_last(provider)
    facts = known_facts(found, provider.may_vouch_for)
    decisions: dict[User, list[Decision]] = defaultdict(list)
    for account in found:
        decisions[account.user].append(decide(policy, asked, facts[account.pk]))
    out = [user for user, all_of_them in decisions.items() if not _lets_in(all_of_them)]
    unknown = [user for user in out if _is_unknown(decisions[user])]
    refused = [user for user in out if user not in unknown]
    return Forecast(len(decisions), refused, unknown)


def _lets_in(decisions: list[Decision]) -> bool:
    """Tell whether one of somebody's accounts is let in: that is enough."""
    return any(decision.allowed for decision in decisions)


def _is_unknown(decisions: list[Decision]) -> bool:
    return any(decision.reason is ErrorCode.MEMBERSHIP_UNKNOWN for decision in decisions)


def _accounts_of_the_last(provider: Provider) -> list[SocialAccount]:
    """Return the accounts of the last people who signed in, the newest sign-in first."""
    done = SignInAttempt.objects.filter(provider=provider.slug, diagnosis="", user__isnull=False)
    users = done.order_by("-created_at").values_list("user_id", flat=True)[:SIGN_INS]
    order = {user: n for n, user in enumerate(list(dict.fromkeys(filter(None, users)))[:PEOPLE])}
    accounts = SocialAccount.objects.filter(provider=provider.slug, user__in=order)
    return sorted(accounts.select_related("user"), key=lambda account: order[account.user_id])
