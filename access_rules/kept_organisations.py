"""Store with a rule which organisation it is about, once its first member signs in."""

import logging
from collections.abc import Iterable

from access_rules.decision import Facts, Kind, Rule
from access_rules.models import AccessRule
from providers.organisations import number_of, warning

logger = logging.getLogger(__name__)


def learn(provider: str, rules: Iterable[Rule], facts: Facts) -> None:
    """Write down the number of each organisation, and warn where its name has gone elsewhere."""
    for rule in rules:
        memberships = facts.teams if rule.names_a_team else facts.organisations
        if rule.kind is Kind.GITHUB and memberships:
            _learn(provider, rule, memberships)


def _learn(provider: str, rule: Rule, memberships: frozenset[str]) -> None:
    rows = AccessRule.objects.filter(
        provider__slug=provider, kind=rule.kind, value=rule.value, organisation=rule.organisation
    )
    if rule.organisation is None:
        number = number_of(rule.value, memberships) if rule.value in memberships else None
        if number is not None:
            rows.update(organisation=number)
        return
    said = warning(rule.value, rule.organisation, memberships)
    if said and rows.exclude(warning=said).update(warning=said):
        logger.warning("access rule of provider=%s: %s", provider, said)
