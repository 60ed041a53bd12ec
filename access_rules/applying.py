"""Find the rules that apply to a provider, and what a sign-in has to ask it because of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.db import connection
from django.db.models import Q

from access_rules.decision import ASKED_AGAIN, Rule, RuleKind
from access_rules.models import AccessRule
from accounts.errors import AccountError
from protocol.errors import ErrorCode
from providers.clients.base import Need
from providers.models import Provider
from sessions.starting import Terms, shared_lock
from web.statements import find_all

# Start and callback of every sign-in look up the provider. One statement takes 0.08 ms, two of the
# ORM 0.95 ms (SQLite, 2026-11). It reads no rule, because anybody can open a callback.
PROVIDER_AND_KINDS = """\
SELECT provider.*, rule.kind AS rule_kind
FROM providers_provider AS provider
LEFT JOIN (SELECT DISTINCT provider_id, kind FROM access_rules_accessrule) AS rule
    ON rule.provider_id = provider.id OR rule.provider_id IS NULL
WHERE provider.slug = %s
"""

CAUSES = {Need.MEMBERSHIPS: {RuleKind.GITHUB}, Need.TO_ASK_AGAIN: set(ASKED_AGAIN)}


@dataclass(frozen=True)
class RuledProvider:
    """A provider, and which kinds of rules apply to whoever signs in through it."""

    provider: Provider
    kinds: frozenset[RuleKind]

    @property
    def needs(self) -> frozenset[Need]:
        """Return what a sign-in asks the provider for, so that the rules can be judged."""
        return frozenset(need for need, of_kinds in CAUSES.items() if of_kinds & self.kinds)


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
    return tuple(rule.as_rule() for rule in rules if rule.applies_to(provider.pk))


# These decide whose accounts they are, and which addresses count.
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


def terms_of(provider: Provider, rules: tuple[Rule, ...]) -> Terms:
    """Return the terms of a sign-in through this provider, to which these rules applied.

    Without rules, one condition asks everything, so that a returning sign-in needs no more queries.
    """
    key = Provider._meta.pk.get_db_prep_save(provider.pk, connection)  # noqa: SLF001 - documented
    values = (getattr(provider, name) for name in (*SETTINGS, POLICY))
    enabled = ENABLED.format(lock=shared_lock("provider"))
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
    has_policy = now.who_may_sign_in == provider.who_may_sign_in
    if has_policy and set(rules_of(now)) == set(rules):
        return None
    return AccountError(ErrorCode.RULES_CHANGED)
