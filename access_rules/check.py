"""Judge a visitor by the rules, between the profile and the account (steps 7 and 8)."""

from collections.abc import Callable
from dataclasses import dataclass

from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from access_rules import stored
from access_rules.decision import (
    ASKED_AGAIN,
    BY_ADDRESS,
    Decision,
    Evidence,
    Rule,
    decide,
)
from accounts import proven_addresses
from accounts.identity import Identity
from accounts.people import find_account
from protocol.errors import SignInError
from protocol.flow import AccessToken
from providers.clients import Profile, ProviderClient
from providers.models import Policy
from sessions.models import User


@dataclass(frozen=True)
class Judgement:
    """What the rules decide about somebody, and from which evidence."""

    policy: Policy
    decision: Decision
    rules: tuple[Rule, ...]
    evidence: Evidence

    def keep(self, identity: Identity, account: SocialAccount | None, token: AccessToken) -> None:
        """Keep the evidence with the account, which may be new, and the token to ask again.

        Call it in the transaction that starts the session: `memberships check` knows nobody whose
        evidence is missing.
        """
        kept = account or find_account(identity.provider, identity.sub)
        if kept is None:
            return
        now = timezone.now()
        stored.keep_evidence(kept.pk, self.rules, self.evidence, now)
        stored.keep_organisations(identity.provider, self.rules, self.evidence)
        if any(rule.kind in ASKED_AGAIN for rule in self.rules):
            stored.keep_token(kept.pk, token, now)


def judge(
    client: ProviderClient,
    rules: tuple[Rule, ...],
    token: AccessToken,
    profile: Profile,
    person: User | None,
) -> Judgement:
    """Return what the rules decide. The caller must refuse the visitor if they do not allow it.

    `person` is the visitor's person here, None for somebody new. An address does not count if
    another person has proven it.
    """
    identity = profile.identity
    lists = {rule.list_needed for rule in rules}
    is_anothers = (
        person is not None
        and identity.email_verified
        and not BY_ADDRESS.isdisjoint(rule.kind for rule in rules)
        and proven_addresses.is_anothers(identity.email, person)
    )
    evidence = Evidence(
        email=identity.email if identity.email_verified and not is_anothers else "",
        is_email_anothers=is_anothers,
        is_email_unreadable=identity.email_problem is not None,
        unvouched_email=identity.email if identity.unvouched_domain else "",
        is_known=person is not None,
        claims=profile.claims,
        organisations=_known(client.organisations, token) if "organisations" in lists else None,
        teams=_known(client.teams, token) if "teams" in lists else None,
    )
    policy = Policy(client.provider.who_may_sign_in)
    return Judgement(policy, decide(policy, rules, evidence), rules, evidence)


def _known(ask: Callable[[str], frozenset[str]], token: AccessToken) -> frozenset[str] | None:
    """Return the answer; None if the provider gave none, and then no such rule matches."""
    try:
        return ask(token.access_token)
    except SignInError:
        return None
