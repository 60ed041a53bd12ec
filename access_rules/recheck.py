"""Ask providers again about people who are signed in, and end the sessions of those who have left.

A refresh asks no provider. It reads the groups that the sign-in or this module found. A session
that ends here is refused everywhere within a second.
"""

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.http import HttpRequest

from access_rules import stored
from access_rules.applying import rules_of
from access_rules.decision import ASKED_AGAIN, Evidence, decide
from access_rules.models import MembershipFacts, ProviderToken
from diagnosis import in_words
from outgoing import deadline
from protocol import more_messages
from protocol.errors import ErrorCode, ProfileError, SignInError
from providers.clients import client_for
from providers.clients.base import is_down
from providers.models import Policy, Provider
from sessions.sessions import (
    end_sessions_no_longer_allowed,
    people_signed_in_through,
    regroup_sessions_through,
)

logger = logging.getLogger(__name__)
SECONDS = 10  # for all requests about one account
MARGIN = timedelta(seconds=60)  # before it expires, in which a token counts as expired
KEPT = 86400  # seconds beyond MEMBERSHIP_MAX_AGE for which a session waits for an answer
# The provider has answered, and does not confirm the account.
REFUSALS = {ErrorCode.PROFILE_REFUSED, ErrorCode.INVALID_GRANT, ErrorCode.SUBJECT_MISMATCH}


@dataclass
class Tally:
    """Numbers of accounts, by what was found; `ended` counts sessions."""

    confirmed: int = 0  # the provider has answered, and the rules let them in
    refused: int = 0
    waiting: int = 0  # kept without an answer
    ended: int = 0
    # Accounts about which the provider was asked, and why there is no answer.
    unanswered: list[tuple[SocialAccount, str]] = field(default_factory=list, compare=False)


def check_all(now: datetime) -> Tally:
    """Ask the enabled providers about everybody whose answer is older than MEMBERSHIP_MAX_AGE."""
    tally = Tally()
    for provider in Provider.objects.filter(enabled=True):
        ProviderCheck(provider, now, tally).run()
    return tally


class ProviderCheck:
    """The check of the people of one provider, at one time."""

    def __init__(self, provider: Provider, now: datetime, tally: Tally) -> None:
        self.provider, self.now, self.tally = provider, now, tally
        self.rules = rules_of(provider)
        self.client = client_for(provider, HttpRequest())
        self.is_down = False

    def run(self) -> None:
        """Ask about everybody who is due, the oldest answer first."""
        if not any(rule.kind in ASKED_AGAIN for rule in self.rules):
            return
        due = self.now - timedelta(seconds=settings.MEMBERSHIP_MAX_AGE)
        accounts = SocialAccount.objects.filter(
            provider=self.provider.slug,
            membership_facts__checked_at__lte=due,
            user__in=people_signed_in_through(self.provider.slug),
        )
        with_rows = accounts.select_related("membership_facts", "user")
        for account in with_rows.order_by("membership_facts__checked_at"):
            self._check(account, account.membership_facts)

    def _check(self, account: SocialAccount, before: MembershipFacts) -> None:
        evidence, why_not = Evidence(has_all_claims=False), ""
        try:
            with deadline(SECONDS):
                evidence = self._ask(account, before)
        except SignInError as error:
            self._note(account, error)
            why_not = "" if error.code in REFUSALS else in_words(error.code)
        until = before.checked_at + timedelta(seconds=settings.MEMBERSHIP_MAX_AGE + KEPT)
        if why_not and settings.MEMBERSHIP_UNREACHABLE == "keep" and self.now < until:
            self._count_waiting(account, why_not)
            return
        if not why_not:
            stored.keep_evidence(account.pk, self.rules, evidence, self.now)
            stored.keep_organisations(self.provider.slug, self.rules, evidence)
        if evidence.kept_claims:
            why_not = f"{', '.join(sorted(evidence.kept_claims))} not sent again"
        self._apply(account, evidence, why_not)

    def _count_waiting(self, account: SocialAccount, why: str) -> None:
        self.tally.waiting += 1
        self.tally.unanswered.append((account, why))

    def _ask(self, account: SocialAccount, before: MembershipFacts) -> Evidence:
        """Ask with the stored token, and once more with a refreshed one if it is refused."""
        if self.is_down:
            raise ProfileError(ErrorCode.PROVIDER_UNAVAILABLE, "it was a moment ago")
        token = ProviderToken.objects.filter(pk=account.pk).first()
        if token is None:
            raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN, "no stored token")
        if token.expires_at is None or token.expires_at > self.now + MARGIN:
            try:
                return self._evidence(account, before, token.access_token)
            except ProfileError as error:
                if error.code is not ErrorCode.PROFILE_REFUSED or not token.sealed_refresh_token:
                    raise
        return self._evidence(account, before, self._refreshed(token).access_token)

    def _refreshed(self, token: ProviderToken) -> ProviderToken:
        """Refresh, and keep the new token before it is used: the old one may be spent by now."""
        if not token.sealed_refresh_token:
            raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN, "the token has expired")
        registration, server = self.client.registration(), self.client.server()
        request = more_messages.refresh_request(server, registration, token.refresh_token)
        return stored.keep_token(token.pk, self.client.send(request), self.now)

    def _evidence(
        self, account: SocialAccount, before: MembershipFacts, access_token: str
    ) -> Evidence:
        client, names = self.client, stored.claim_names(self.rules)
        claims = client.claims_now(access_token, account.uid) if names else {}
        known = before.updated(names, claims)
        kept = (name for name in known.keys() - claims.keys() if known[name] is not None)
        lists = {rule.list_needed for rule in self.rules}
        return Evidence(
            claims=known,
            kept_claims=frozenset(kept),
            has_all_claims=False,
            organisations=client.organisations(access_token) if "organisations" in lists else None,
            teams=client.teams(access_token) if "teams" in lists else None,
        )

    def _apply(self, account: SocialAccount, evidence: Evidence, why_not: str) -> None:
        """End the person's sessions, or update their groups. One allowed account is enough.

        `why_not` says why there was no answer. Then a person may stay, but is not confirmed.
        """
        user, slug = account.user, self.provider.slug
        accounts = list(SocialAccount.objects.filter(user=user, provider=slug))
        known = stored.known_evidence(accounts, self.provider.may_vouch_for)
        known[account.pk] = replace(evidence, email=known[account.pk].email, is_known=True)
        policy = Policy(self.provider.who_may_sign_in)
        decisions = [decide(policy, self.rules, each) for each in known.values()]
        allowed = [decision for decision in decisions if decision.allowed]
        if not allowed:
            self.tally.refused += 1
            self.tally.ended += end_sessions_no_longer_allowed(user, slug)
            return
        if why_not:
            self._count_waiting(account, why_not)
        else:
            self.tally.confirmed += 1
        groups = sorted({group for decision in allowed for group in decision.groups})
        regroup_sessions_through(user, slug, groups)

    def _note(self, account: SocialAccount, error: SignInError) -> None:
        self.is_down |= is_down(error)
        words = "membership not known: provider=%s user=%s code=%s cause=%s"
        logger.warning(words, self.provider.slug, account.user_id, error.code, error.detail or "-")
