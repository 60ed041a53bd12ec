"""Ask providers again about people who are signed in: who has left loses the session.

A refresh asks nobody. It reads the groups that were found at the sign-in or here, and a session
that is ended here is refused everywhere within a second.
"""

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.http import HttpRequest

from access_rules import kept_organisations, stored, vault
from access_rules.decision import ASKED_AGAIN, Facts, Rule, decide, wants_organisations, wants_teams
from access_rules.models import AccessRule, MembershipFacts, ProviderToken
from access_rules.stored import known_facts
from diagnosis import in_words
from outgoing import deadline
from protocol import more_messages
from protocol.errors import ErrorCode, OutgoingError, ProfileError, SignInError
from providers.clients import ProviderClient, client_for
from providers.models import Policy, Provider
from sessions.models import User
from sessions.sessions_through import (
    end_sessions_no_longer_allowed,
    people_signed_in_through,
    regroup_sessions_through,
)

logger = logging.getLogger(__name__)
SECONDS = 10  # for all that is asked about one account
KEPT = 86400  # seconds beyond MEMBERSHIP_MAX_AGE for which a session waits for an answer
# The provider has answered, and vouches for nobody.
REFUSALS = {ErrorCode.PROFILE_REFUSED, ErrorCode.INVALID_GRANT, ErrorCode.SUBJECT_MISMATCH}
DOWN = {ErrorCode.PROVIDER_UNAVAILABLE, ErrorCode.RATE_LIMITED, ErrorCode.PROVIDER_BUSY}


@dataclass(frozen=True)
class Unanswered:
    """An account that was asked about, and what was not told."""

    user: User
    provider: str
    why: str


@dataclass
class Report:
    """What was found, in accounts; `ended` counts sessions."""

    confirmed: int = 0  # the provider has answered, and the rules let them in
    refused: int = 0
    waiting: int = 0  # kept without an answer
    ended: int = 0
    unanswered: list[Unanswered] = field(default_factory=list, compare=False)


@dataclass
class Check:
    """The memberships of one provider's people, at one time."""

    provider: Provider
    now: datetime
    report: Report
    rules: list[Rule] = field(init=False)
    client: ProviderClient = field(init=False)
    is_down: bool = False

    def __post_init__(self) -> None:
        self.rules = [rule.as_rule() for rule in AccessRule.objects.applying_to(self.provider.pk)]
        self.client = client_for(self.provider, HttpRequest())

    def run(self) -> None:
        """Ask about everybody who is due, the longest unasked first."""
        if any(rule.kind in ASKED_AGAIN for rule in self.rules):
            for account in self._due():
                self._check(account, account.membership_facts)

    def _due(self) -> list[SocialAccount]:
        due = self.now - timedelta(seconds=settings.MEMBERSHIP_MAX_AGE)
        found = SocialAccount.objects.filter(
            provider=self.provider.slug,
            membership_facts__checked_at__lte=due,
            user__in=people_signed_in_through(self.provider.slug),
        )
        told = found.select_related("membership_facts", "user")
        return list(told.order_by("membership_facts__checked_at"))

    def _check(self, account: SocialAccount, before: MembershipFacts) -> None:
        told, why = Facts(has_all_claims=False), ""
        try:
            with deadline(SECONDS):
                told = self._ask(account, before)
        except SignInError as error:
            self._note(account, error)
            why = "" if error.code in REFUSALS else in_words(error.code)
        if why and self._may_wait(before):
            self._count_waiting(account, why)
            return
        if not why:
            stored.keep(account.pk, self.rules, told, self.now)
            kept_organisations.learn(self.provider.slug, self.rules, told)
        self._apply(account, told, why or self._not_told(told))

    def _not_told(self, told: Facts) -> str:
        """Name the claims that stay as an earlier sign-in told them."""
        kept = stored.claim_names(self.rules) & told.kept_claims
        return f"{', '.join(sorted(kept))} not told again" if kept else ""

    def _count_waiting(self, account: SocialAccount, why: str) -> None:
        self.report.waiting += 1
        self.report.unanswered.append(Unanswered(account.user, self.provider.slug, why))

    def _ask(self, account: SocialAccount, before: MembershipFacts) -> Facts:
        """Ask with the stored token, and once more with a refreshed one if it is refused."""
        if self.is_down:
            raise ProfileError(ErrorCode.PROVIDER_UNAVAILABLE, "it was a moment ago")
        token = ProviderToken.objects.filter(pk=account.pk).first()
        if token is None:
            raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN, "no stored token")
        if token.has_expired(self.now):
            token = self._refreshed(token)
            return self._facts(account, before, token.access_token)
        try:
            return self._facts(account, before, token.access_token)
        except ProfileError as error:
            if error.code is not ErrorCode.PROFILE_REFUSED or not token.sealed_refresh_token:
                raise
        return self._facts(account, before, self._refreshed(token).access_token)

    def _refreshed(self, token: ProviderToken) -> ProviderToken:
        """Refresh, and keep the answer before it is used: the old token may be spent by now."""
        if not token.sealed_refresh_token:
            raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN, "the token has expired")
        client = self.client
        request = more_messages.refresh_request(
            client.server(), client.registration(), token.refresh_token
        )
        return vault.keep(token.pk, client.send(request), self.now)

    def _facts(self, account: SocialAccount, before: MembershipFacts, access_token: str) -> Facts:
        names = stored.claim_names(self.rules)
        client, rules = self.client, self.rules
        claims = client.claims_now(access_token, account.uid) if names else {}
        known = before.updated(names, claims)
        return Facts(
            claims=known,
            kept_claims=frozenset(
                name for name in known.keys() - claims.keys() if known[name] is not None
            ),
            has_all_claims=False,
            organisations=client.organisations(access_token)
            if wants_organisations(rules)
            else None,
            teams=client.teams(access_token) if wants_teams(rules) else None,
        )

    def _may_wait(self, before: MembershipFacts) -> bool:
        until = before.checked_at + timedelta(seconds=settings.MEMBERSHIP_MAX_AGE + KEPT)
        return bool(settings.MEMBERSHIP_UNREACHABLE == "keep" and self.now < until)

    def _apply(self, account: SocialAccount, told: Facts, not_told: str) -> None:
        """End the person's sessions, or update their groups. One account let in lets them in.

        Whom something lets in of which there was no answer is not confirmed by that.
        """
        user, slug = account.user, self.provider.slug
        theirs = list(SocialAccount.objects.filter(user=user, provider=slug))
        facts = known_facts(theirs, self.provider.may_vouch_for)
        known = facts[account.pk]
        facts[account.pk] = replace(told, email=known.email, is_known=True)
        policy = Policy(self.provider.who_may_sign_in)
        decisions = [decide(policy, self.rules, each) for each in facts.values()]
        allowed = [decision for decision in decisions if decision.allowed]
        if allowed:
            if not_told:
                self._count_waiting(account, not_told)
            else:
                self.report.confirmed += 1
            groups = sorted({group for decision in allowed for group in decision.groups})
            regroup_sessions_through(user, slug, groups)
            return
        self.report.refused += 1
        self.report.ended += end_sessions_no_longer_allowed(user, slug)

    def _note(self, account: SocialAccount, error: SignInError) -> None:
        is_down = isinstance(error, OutgoingError) or error.code in DOWN
        self.is_down = self.is_down or is_down
        logger.warning(
            "membership not told: provider=%s user=%s code=%s cause=%s",
            self.provider.slug,
            account.user_id,
            error.code,
            error.detail or "-",
        )


def check_all(now: datetime) -> Report:
    """Ask the enabled providers about everybody whose facts are older than MEMBERSHIP_MAX_AGE."""
    report = Report()
    for provider in Provider.objects.filter(enabled=True):
        Check(provider, now, report).run()
    return report
