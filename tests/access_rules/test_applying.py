"""A provider and its rules, found together."""

import pytest
from pytest_django import DjangoAssertNumQueries

from access_rules.applying import RuledProvider, find_with_rules, rules_of
from access_rules.decision import Rule
from access_rules.rule_kinds import RuleKind
from providers.clients.base import Need
from providers.models import Provider
from tests.access_rules.visits import add_rule
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def github() -> Provider:
    return add_provider("github", "github")


def test_finds_a_provider_and_the_kinds_of_its_rules_in_one_query(
    github: Provider, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_rule(github, "github", "acme", "staff")
    add_rule(None, "email", "alice@example.com")
    add_rule(add_provider(), "claim", "role=admin")
    with django_assert_num_queries(1):
        found = find_with_rules("github")
    assert found == RuledProvider(github, frozenset({RuleKind.EMAIL, RuleKind.GITHUB}))
    assert found.provider.client_secret == github.client_secret
    with django_assert_num_queries(1):
        assert rules_of(github) == (
            Rule(RuleKind.EMAIL, "alice@example.com"),
            Rule(RuleKind.GITHUB, "acme", ("staff",)),
        )


def test_finds_one_without_rules_and_one_that_is_switched_off(github: Provider) -> None:
    Provider.objects.update(enabled=False)
    assert find_with_rules("github") == RuledProvider(github, frozenset())
    assert find_with_rules("gitlab") is None


NEEDS: dict[str, tuple[set[RuleKind], set[Need]]] = {
    "no rule": (set(), set()),
    "a rule on addresses": ({RuleKind.EMAIL_DOMAIN}, set()),
    "a rule on an organisation": ({RuleKind.GITHUB}, {Need.MEMBERSHIPS, Need.TO_ASK_AGAIN}),
}


@pytest.mark.parametrize(("kinds", "needs"), NEEDS.values(), ids=NEEDS.keys())
def test_says_what_the_rules_need(kinds: set[RuleKind], needs: set[Need]) -> None:
    assert RuledProvider(Provider(), frozenset(kinds)).needs == needs
