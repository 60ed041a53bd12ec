"""Ask providers again about people who are signed in, and end the sessions of those who have left.

A refresh asks no provider. It reads the groups that the sign-in or this module found. A session
that ends here is refused everywhere within a second. When an account is deleted, its stored token
is revoked at the provider.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from access_rules import stored
from access_rules.applying import rules_of
from access_rules.decision import ASKED_AGAIN, Evidence, decide
from access_rules.models import ProviderToken
from audit.models import ITSELF, Action, Result, Target
from audit.recording import record
from diagnosis import in_words
from outgoing import deadline
from protocol import more_messages
from protocol.errors import ErrorCode, ProfileError, SignInError
from providers import catalogue
from providers.clients import client_for
from providers.clients.base import is_down, opening
from providers.models import Policy, Provider
from sessions.lifetime import alive, end_sessions_no_longer_allowed, regroup_sessions_through
from sessions.models import Session

logger = logging.getLogger(__name__)
FOR_ONE = 3  # seconds for all requests about one token that is revoked
TOGETHER = 6  # seconds for all tokens of one change, while somebody waits for the page
NO_WAY = "no_revocation_endpoint"  # the provider cannot revoke a token, or is gone
EXPIRED = "token_expired"  # it no longer stands for the grant, and revoking it would end nothing
SECONDS = 10  # for all requests about one account
MARGIN = timedelta(seconds=60)  # a token counts as expired so long before it expires
KEPT = 86400  # seconds beyond MEMBERSHIP_MAX_AGE for which a session waits for an answer
# The provider has answered, and does not confirm the account.
REFUSALS = {ErrorCode.PROFILE_REFUSED, ErrorCode.INVALID_GRANT, ErrorCode.SUBJECT_MISMATCH}


@dataclass
class RecheckCounts:
    """Numbers of accounts, by what was found; `ended` counts sessions."""

    confirmed: int = 0  # the provider has answered, and the rules let them in
    refused: int = 0
    waiting: int = 0  # kept without an answer
    ended: int = 0
    # Accounts about which the provider was asked, and why there is no answer.
    unanswered: list[tuple[SocialAccount, str]] = field(default_factory=list, compare=False)


def check_all(now: datetime) -> RecheckCounts:
    """Ask the enabled providers about everybody whose answer is older than MEMBERSHIP_MAX_AGE."""
    tally = RecheckCounts()
    for provider in Provider.objects.filter(enabled=True):
        ProviderCheck(provider, now, tally).run()
    return tally


class ProviderCheck:
    """The check of the people of one provider, at one time."""

    def __init__(self, provider: Provider, now: datetime, tally: RecheckCounts) -> None:
        self.provider, self.now, self.tally = provider, now, tally
        self.rules = rules_of(provider)
        self.client = client_for(provider, HttpRequest())
        self.is_down = False

    def run(self) -> None:
        """Ask about everybody who is due, the oldest answer first."""
        if not any(rule.kind in ASKED_AGAIN for rule in self.rules):
            return
        due = self.now - timedelta(seconds=settings.MEMBERSHIP_MAX_AGE)
        signed_in = alive(Session.objects.filter(provider=self.provider.slug))
        accounts = SocialAccount.objects.filter(
            provider=self.provider.slug,
            membership_facts__checked_at__lte=due,
            user__in=signed_in.values("user_id"),
        )
        with_rows = accounts.select_related("membership_facts", "user")
        for account in with_rows.order_by("membership_facts__checked_at"):
            self._check(account)

    def _check(self, account: SocialAccount) -> None:
        evidence, why_not = Evidence(has_all_claims=False), ""
        try:
            with deadline(SECONDS):
                evidence = self._ask(account)
        except SignInError as error:
            self._note(account, error)
            why_not = "" if error.code in REFUSALS else in_words(error.code)
        age = self.now - account.membership_facts.checked_at
        is_soon = age < timedelta(seconds=settings.MEMBERSHIP_MAX_AGE + KEPT)
        if not why_not:
            stored.keep_evidence(account.pk, self.rules, evidence, self.now)
            stored.keep_organisations(self.provider.slug, self.rules, evidence)
        elif settings.MEMBERSHIP_UNREACHABLE == "keep" and is_soon:
            self._count_waiting(account, why_not)
            return
        if evidence.kept_claims:
            missing = ", ".join(sorted(evidence.kept_claims))
            why_not = _("the answer lacks {claims}").format(claims=missing)
        self._apply(account, evidence, why_not)

    def _count_waiting(self, account: SocialAccount, why: str) -> None:
        self.tally.waiting += 1
        self.tally.unanswered.append((account, why))

    def _ask(self, account: SocialAccount) -> Evidence:
        """Ask with the stored token, and once more with a refreshed one if it is refused."""
        if self.is_down:
            raise ProfileError(ErrorCode.PROVIDER_UNAVAILABLE, "it was a moment ago")
        token = ProviderToken.objects.filter(pk=account.pk).first()
        if token is None:
            raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN, "no stored token")
        if token.expires_at is None or token.expires_at > self.now + MARGIN:
            try:
                return self._evidence(account, token.access_token)
            except ProfileError as error:
                if error.code is not ErrorCode.PROFILE_REFUSED or not token.sealed_refresh_token:
                    raise
        return self._evidence(account, self._refreshed(token).access_token)

    def _refreshed(self, token: ProviderToken) -> ProviderToken:
        """Refresh, and keep the new token before it is used: the old one may be spent by now."""
        if not token.sealed_refresh_token:
            raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN, "the token has expired")
        registration, server = self.client.registration(), self.client.server()
        request = more_messages.refresh_request(server, registration, token.refresh_token)
        return stored.keep_token(token.pk, self.client.send(request), self.now)

    def _evidence(self, account: SocialAccount, access_token: str) -> Evidence:
        client, names = self.client, stored.claim_names(self.rules)
        claims = client.claims_now(access_token, account.uid) if names else {}
        known = account.membership_facts.updated(names, claims)
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


def revoke_tokens_of(accounts: QuerySet[SocialAccount], *, somebody_waits: bool) -> None:
    """Revoke the tokens of these accounts once the transaction that deletes them is committed.

    The rows are deleted with their accounts, whatever the provider does.
    """
    rows = ProviderToken.objects.filter(account__in=accounts).select_related("account__user")
    tokens = list(rows)
    if not tokens:
        return
    slugs = {token.account.provider for token in tokens}
    providers = {provider.slug: provider for provider in Provider.objects.filter(slug__in=slugs)}
    transaction.on_commit(partial(_revoke_all, tokens, providers, somebody_waits=somebody_waits))


def _revoke_all(
    tokens: Iterable[ProviderToken], providers: Mapping[str, Provider], *, somebody_waits: bool
) -> None:
    """Revoke one token after the other. A provider that is down gets no further request."""
    down: dict[str, ErrorCode] = {}
    with deadline(TOGETHER) if somebody_waits else nullcontext():
        for token in tokens:
            slug = token.account.provider
            reason = down.get(slug) or _reason_why_not(token, providers.get(slug), down)
            result = Result.REFUSED if reason else Result.SUCCESS
            about: Any = {"provider": slug, "result": result, "reason": reason}
            about["before"] = {"account": token.pk}
            target = Target.of(token.account.user)
            record(Action.PROVIDER_TOKEN_REVOKED, ITSELF, target, **about)


def _reason_why_not(
    token: ProviderToken, provider: Provider | None, down: dict[str, ErrorCode]
) -> str:
    """Revoke a token. Returns "", or the reason why that failed."""
    if provider is None:
        return NO_WAY
    if token.has_expired:
        return EXPIRED
    try:
        with deadline(FOR_ONE):
            with opening("stored token"):
                access_token, refresh_token = token.access_token, token.refresh_token
            client = client_for(provider, HttpRequest())
            return "" if client.revoke(access_token, refresh_token) else NO_WAY
    except catalogue.UnknownKindError:
        return NO_WAY
    except SignInError as error:
        if is_down(error):
            down[provider.slug] = error.code
        detail = error.detail or "-"
        logger.warning("token not revoked: provider=%s cause=%s", provider.slug, detail)
        return error.code
