"""Find the rules that apply to a provider, and what a sign-in has to ask it because of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from access_rules.decision import ASKED_AGAIN, Rule, RuleKind
from access_rules.models import AccessRule
from providers.clients.base import Need
from providers.models import Provider
from web.statements import find_all

# Start and callback of every sign-in look up both. One statement takes 0.24 ms, two of the ORM's
# 1.1 ms (SQLite, 2026-11). The ORM cannot write this join: a rule for all providers refers to none.
# A provider has a column `kind`, too. `find_all` gives the second one of that name to the rule.
PROVIDER_AND_RULES = """\
SELECT provider.*, rule.kind, rule.value, rule.groups, rule.organisation
FROM providers_provider AS provider
LEFT JOIN access_rules_accessrule AS rule
    ON rule.provider_id = provider.id OR rule.provider_id IS NULL
WHERE provider.slug = %s
ORDER BY rule.position, rule.kind, rule.value
"""


@dataclass(frozen=True)
class RuledProvider:
    """A provider, and the rules that apply to whoever signs in through it, in order."""

    provider: Provider
    rules: tuple[Rule, ...]

    @property
    def needs(self) -> frozenset[Need]:
        """Return what a sign-in asks the provider for, so that the rules can be judged."""
        kinds = {rule.kind for rule in self.rules}
        causes = {Need.MEMBERSHIPS: {RuleKind.GITHUB}, Need.TO_ASK_AGAIN: set(ASKED_AGAIN)}
        return frozenset(need for need, of_kinds in causes.items() if of_kinds & kinds)


def with_rules(provider: Provider) -> RuledProvider:
    """Return a provider with the rules that apply."""
    return RuledProvider(provider, applying(AccessRule.objects.all(), provider))


def applying(rules: Iterable[AccessRule], provider: Provider) -> tuple[Rule, ...]:
    """Return the rules that are the provider's own or for all providers."""
    return tuple(rule.as_rule() for rule in rules if rule.applies_to(provider.pk))


def find_with_rules(slug: str) -> RuledProvider | None:
    """Find a provider, even one that is switched off, with the rules that apply: one query."""
    rows = find_all(Provider, PROVIDER_AND_RULES, [slug])
    rules = tuple(AccessRule(**columns).as_rule() for _, columns in rows if columns["kind"])
    return RuledProvider(rows[0][0], rules) if rows else None
