"""A provider and its rules, found together."""

import pytest
from pytest_django import DjangoAssertNumQueries

from access_rules.applying import find_with_rules, with_rules
from access_rules.decision import Rule, RuleKind
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
    assert found == with_rules(github)
    assert found
    assert found.provider.client_secret == github.client_secret
    assert found.kinds == {RuleKind.EMAIL, RuleKind.GITHUB}
    with django_assert_num_queries(1):
        assert found.with_rules() == (
            found,
            (Rule(RuleKind.EMAIL, "alice@example.com"), Rule(RuleKind.GITHUB, "acme", ("staff",))),
        )


def test_finds_one_without_rules_and_one_that_is_switched_off(
    github: Provider, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Provider.objects.update(enabled=False)
    found = find_with_rules("github")
    assert found
    assert found.provider == github
    with django_assert_num_queries(0):
        assert found.with_rules() == (found, ())
    assert find_with_rules("gitlab") is None


NEEDS = {
    "no rule": (None, set()),
    "a rule on addresses": (("email_domain", "example.com"), set()),
    "a rule on an organisation": (("github", "acme"), {Need.MEMBERSHIPS, Need.TO_ASK_AGAIN}),
}


@pytest.mark.parametrize(("rule", "needs"), NEEDS.values(), ids=NEEDS.keys())
def test_says_what_the_rules_need(
    github: Provider, rule: tuple[str, str] | None, needs: set[Need]
) -> None:
    if rule:
        add_rule(github, *rule)
    assert with_rules(github).needs == needs
