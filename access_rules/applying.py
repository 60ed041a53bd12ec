"""Find a provider's rules, judge a visitor by them, and say what must still hold (steps 7, 8)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.db.models import Q
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
from access_rules.models import AccessRule
from access_rules.rule_kinds import RuleKind
from accounts import proven_addresses
from accounts.errors import AccountError
from accounts.identity import Identity
from accounts.people import find_account
from protocol.errors import ErrorCode, SignInError
from protocol.flow import AccessToken
from providers.clients import Profile, ProviderClient
from providers.clients.base import Need
from providers.models import Policy, Provider
from sessions.models import User
from sessions.starting import Terms
from web.written_sql import columns_of, find_all

# The columns that decide whose accounts these are, and which addresses count.
SETTINGS = ("kind", "base_url", "client_id", "sealed_extra", "vouches_for")
POLICY = "who_may_sign_in"
ENABLED = f"""EXISTS (
    SELECT 1 FROM providers_provider AS provider
    WHERE provider.id = %s AND provider.enabled
    AND {" AND ".join(f"provider.{name} = %s" for name in (*SETTINGS, POLICY))}
    {{lock}}
)"""  # noqa: S608 - our own names
NO_RULES = """NOT EXISTS (
    SELECT 1 FROM access_rules_accessrule AS rule
    WHERE rule.provider_id = %s OR rule.provider_id IS NULL
)"""
# Start and callback of every sign-in look up the provider. One statement takes 0.08 ms, two of the
# ORM 0.95 ms (SQLite, 2026-11). It reads no rule, because anybody can open a callback.
PROVIDER_AND_KINDS = f"""\
SELECT {columns_of(Provider, "provider", "created_at")}, rule.kind AS rule_kind
FROM providers_provider AS provider
LEFT JOIN (SELECT DISTINCT provider_id, kind FROM access_rules_accessrule) AS rule
    ON rule.provider_id = provider.id OR rule.provider_id IS NULL
WHERE provider.slug = %s
"""  # noqa: S608 - our own names


@dataclass(frozen=True)
class RuledProvider:
    """A provider, and which kinds of rules apply to whoever signs in through it."""

    provider: Provider
    kinds: frozenset[RuleKind]

    @property
    def needs(self) -> frozenset[Need]:
        """Return what the authorization request must also ask for, because of the rules."""
        causes = {Need.MEMBERSHIPS: {RuleKind.GITHUB}, Need.TO_ASK_AGAIN: set(ASKED_AGAIN)}
        return frozenset(need for need, of_kinds in causes.items() if of_kinds & self.kinds)


def find_with_rules(slug: str) -> RuledProvider | None:
    """Find a provider, even one that is switched off, and which kinds of rules apply: one query."""
    rows = find_all(Provider, PROVIDER_AND_KINDS, [slug])
    kinds = frozenset(RuleKind(others["rule_kind"]) for _, others in rows if others["rule_kind"])
    return RuledProvider(rows[0][0], kinds) if rows else None


def rules_of(provider: Provider) -> tuple[Rule, ...]:
    """Return the rules that apply to a provider, in order: its own, and those for all providers."""
    rules = AccessRule.objects.filter(Q(provider=provider) | Q(provider=None))
    return applying(rules, provider)


def applying(rules: Iterable[AccessRule], provider: Provider) -> tuple[Rule, ...]:
    """Return those of these rules that are the provider's own or for all providers."""
    return tuple(
        Rule(RuleKind(rule.kind), rule.value, rule.group_names, rule.organisation)
        for rule in rules
        if rule.applies_to(provider.pk)
    )


def terms_of(provider: Provider, rules: tuple[Rule, ...]) -> Terms:
    """Return the terms of a sign-in through this provider, to which these rules applied.

    Without rules, the condition is complete, so a returning visitor costs no further query.
    """
    key = Provider._meta.pk.get_db_prep_save(provider.pk, connection)  # noqa: SLF001 - documented
    values = (getattr(provider, name) for name in (*SETTINGS, POLICY))
    # The lock lasts until the sign-in ends. SQLite needs none: one transaction writes at a time.
    lock = "FOR SHARE OF provider" if connection.features.has_select_for_update else ""
    enabled = ENABLED.format(lock=lock)
    broken = partial(_broken, provider, rules)
    if rules:
        return Terms(enabled, (key, *values), broken, is_complete=False)
    return Terms(f"{enabled} AND {NO_RULES}", (key, *values, key), broken)


def _broken(provider: Provider, rules: tuple[Rule, ...]) -> AccountError | None:
    """Return an error that says what has changed; None if nothing has."""
    now = Provider.objects.filter(pk=provider.pk).first()
    if now is None:
        return AccountError(ErrorCode.PROVIDER_REMOVED)
    if not now.enabled:
        return AccountError(ErrorCode.PROVIDER_SWITCHED_OFF)
    if any(getattr(now, name) != getattr(provider, name) for name in SETTINGS):
        return AccountError(ErrorCode.PROVIDER_CHANGED)
    is_same = now.who_may_sign_in == provider.who_may_sign_in and set(rules_of(now)) == set(rules)
    return None if is_same else AccountError(ErrorCode.RULES_CHANGED)


@dataclass(frozen=True)
class Judgement:
    """What the rules decide about somebody, and from which evidence."""

    policy: Policy
    decision: Decision
    rules: tuple[Rule, ...]
    evidence: Evidence

    @property
    def allows_if_known(self) -> bool:
        """Tell whether the rules would allow this account to somebody who is known here."""
        known = replace(self.evidence, is_known=True)
        return decide(self.policy, self.rules, known).allowed

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
    evidence = Evidence(
        is_email_absent=not identity.email,
        is_email_unreadable=identity.email_problem is not None,
        unvouched_email=identity.email if identity.unvouched_domain else "",
        claims=profile.claims,
        organisations=_known(client.organisations, token) if "organisations" in lists else None,
        teams=_known(client.teams, token) if "teams" in lists else None,
    )
    evidence = _about(evidence, identity, person, rules)
    policy = Policy(client.provider.who_may_sign_in)
    return Judgement(policy, decide(policy, rules, evidence), rules, evidence)


def judge_again(judgement: Judgement, identity: Identity, person: User) -> Judgement:
    """Return what the same rules decide from the same evidence, now that the person is known."""
    policy, rules = judgement.policy, judgement.rules
    evidence = _about(judgement.evidence, identity, person, rules)
    return Judgement(policy, decide(policy, rules, evidence), rules, evidence)


def _about(
    evidence: Evidence, identity: Identity, person: User | None, rules: tuple[Rule, ...]
) -> Evidence:
    """Return the evidence with what depends on who the person is here."""
    is_anothers = (
        person is not None
        and identity.email_verified
        and not BY_ADDRESS.isdisjoint(rule.kind for rule in rules)
        and proven_addresses.is_anothers(identity.email, person)
    )
    return replace(
        evidence,
        email=identity.email if identity.email_verified and not is_anothers else "",
        is_email_anothers=is_anothers,
        is_known=person is not None,
    )


def _known(ask: Callable[[str], frozenset[str]], token: AccessToken) -> frozenset[str] | None:
    """Return the answer; None if the provider gave none, and then no such rule matches."""
    try:
        return ask(token.access_token)
    except SignInError:
        return None
