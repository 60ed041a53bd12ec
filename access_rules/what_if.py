"""Try a draft of the rules on the people who have signed in recently."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from allauth.socialaccount.models import SocialAccount

from access_rules.applying import applying
from access_rules.decision import Decision, decide
from access_rules.models import AccessRule
from access_rules.stored import known_evidence
from attempts.models import SignInAttempt
from protocol.errors import ErrorCode
from providers.models import Policy, Provider
from sessions.models import User

PEOPLE = 200
SIGN_INS = 2000  # among which they are looked for: some people sign in very often
BUTTON = "_what_if"


@dataclass(frozen=True)
class Forecast:
    """What would happen to the last people who signed in. Those in neither list may sign in."""

    people: int  # the number of people who were judged
    refused: list[User] = field(default_factory=list)
    unknown: list[User] = field(default_factory=list)  # only the provider knows

    @property
    def words(self) -> str:
        """Return the forecast as a sentence."""
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
    decisions: dict[User, list[Decision]] = defaultdict(list)
    for account in accounts:
        decisions[account.user].append(decide(policy, drafted, evidence[account.pk]))
    # One account that is let in is enough: its reason is None.
    reasons = {user: {each.reason for each in theirs} for user, theirs in decisions.items()}
    not_let_in = [user for user, found in reasons.items() if None not in found]
    unknown = [user for user in not_let_in if ErrorCode.MEMBERSHIP_UNKNOWN in reasons[user]]
    refused = [user for user in not_let_in if user not in unknown]
    return Forecast(len(decisions), refused, unknown)


def _accounts_of_the_last(provider: Provider) -> list[SocialAccount]:
    """Return the accounts of the last people who signed in, the newest sign-in first."""
    successes = SignInAttempt.objects.filter(
        provider=provider.slug, diagnosis="", user__isnull=False
    )
    users = successes.order_by("-created_at").values_list("user_id", flat=True)[:SIGN_INS]
    order = {user: n for n, user in enumerate(list(dict.fromkeys(filter(None, users)))[:PEOPLE])}
    accounts = SocialAccount.objects.filter(provider=provider.slug, user__in=order)
    return sorted(accounts.select_related("user"), key=lambda account: order[account.user_id])
