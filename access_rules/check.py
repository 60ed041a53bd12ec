"""Ask the rules in a sign-in, between the profile and the account."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.utils import timezone

from access_rules import kept_organisations, stored, vault
from access_rules.decision import (
    ASKED_AGAIN,
    BY_ADDRESS,
    Decision,
    Facts,
    Rule,
    decide,
    in_plain_words,
    wants_organisations,
    wants_teams,
)
from accounts import proven_addresses
from accounts.identity import Identity
from accounts.people import find_account
from protocol.errors import SignInError
from protocol.flow import AccessToken
from providers.clients import ProviderClient
from providers.models import Policy
from sessions.models import User


@dataclass(frozen=True)
class Judgement:
    """What the rules say of somebody, and what that rests on."""

    policy: Policy
    decision: Decision
    rules: tuple[Rule, ...]
    facts: Facts

    @property
    def groups(self) -> tuple[str, ...]:
        return self.decision.groups

    @property
    def welcome(self) -> str:
        """Say whom the site lets in instead."""
        return in_plain_words(() if self.policy is Policy.KNOWN else self.rules)

    def keep(self, identity: Identity, account: SocialAccount | None, token: AccessToken) -> None:
        """Keep the facts with the account, which may be a new one, and the token to ask again.

        Without rules there is nothing to keep them for.
        """
        if not self.rules:
            return
        kept = account or find_account(identity.provider, identity.sub)
        if kept is None:  # disconnected again meanwhile
            return
        now = timezone.now()
        with suppress(IntegrityError), transaction.atomic():  # likewise, in this very moment
            stored.keep(kept.pk, self.rules, self.facts, now)
            kept_organisations.learn(identity.provider, self.rules, self.facts)
            if any(rule.kind in ASKED_AGAIN for rule in self.rules):
                vault.keep(kept.pk, token, now)


def judge(
    client: ProviderClient,
    rules: tuple[Rule, ...],
    token: AccessToken,
    identity: Identity,
    person: User | None,
) -> Judgement:
    """Return what the rules say of this person: the caller refuses whom they do not let in.

    `person` is who it is here, None for somebody new. An address counts as long as it is proven,
    and so not where another person has proven it.
    """
    is_anothers = _is_anothers(rules, identity, person)
    facts = Facts(
        email=identity.email if identity.email_verified and not is_anothers else "",
        is_email_anothers=is_anothers,
        is_email_unreadable=identity.email_problem is not None,
        unvouched_email=identity.email if identity.unvouched_domain else "",
        is_known=person is not None,
        claims=client.claims,
        organisations=_known(client.organisations, token) if wants_organisations(rules) else None,
        teams=_known(client.teams, token) if wants_teams(rules) else None,
    )
    policy = Policy(client.provider.who_may_sign_in)
    return Judgement(policy, decide(policy, rules, facts), rules, facts)


def _is_anothers(rules: Iterable[Rule], identity: Identity, person: User | None) -> bool:
    if person is None or not identity.email_verified:
        return False
    is_asked = any(rule.kind in BY_ADDRESS for rule in rules)
    return is_asked and proven_addresses.is_anothers(identity.email, person)


def _known(ask: Callable[[str], frozenset[str]], token: AccessToken) -> frozenset[str] | None:
    """Return the answer, None where the provider gave none: then such a rule matches nobody."""
    try:
        return ask(token.access_token)
    except SignInError:
        return None
