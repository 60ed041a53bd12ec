"""A rule about an organisation of GitHub is about one organisation, whatever it is called."""

from datetime import timedelta
from typing import Any

import pytest
import responses
from django.test import Client
from django.utils import timezone

from access_rules.decision import Evidence, Rule, matches
from access_rules.models import AccessRule
from access_rules.recheck import check_all
from access_rules.rule_kinds import RuleKind
from providers.clients.github import memberships
from providers.models import Provider
from sessions.models import Session
from tests.access_rules.visits import ORGS, TEAMS, add_rule, visit
from tests.fakes import add_provider, hold, session_token
from tests.oauth_client.admin_pages.forms import change

pytestmark = pytest.mark.django_db
ACME = {"login": "Acme", "id": 123}
OTHER = {"login": "acme", "id": 456}
RENAMED = {"login": "Umbrella", "id": 123}


def core_of(organisation: dict[str, Any]) -> dict[str, Any]:
    return {"slug": "core", "id": 9, "organization": organisation}


MEMBERSHIPS: dict[str, tuple[str, int | None, set[str] | None, bool | None]] = {
    "not known": ("acme", 123, None, None),
    "by name, while no number is known": ("acme", None, {"acme", "acme#123"}, True),
    "another name": ("acme", None, {"others"}, False),
    "by number": ("acme", 123, {"acme", "acme#123"}, True),
    "by number under another name": ("acme", 123, {"umbrella", "umbrella#123"}, True),
    "another organisation of that name": ("acme", 123, {"acme", "acme#456"}, False),
    "a name without a number": ("acme", 123, {"acme"}, None),
    "nothing": ("acme", 123, set(), False),
    "a team": ("acme/core", 123, {"acme/core", "acme/core#123"}, True),
    "a team of the renamed one": ("acme/core", 123, {"umbrella/core#123"}, True),
    "another team": ("acme/core", 123, {"acme/web", "acme/web#123"}, False),
    "that team of another one": ("acme/core", 123, {"acme/core", "acme/core#456"}, False),
}


@pytest.mark.parametrize(
    ("value", "number", "told", "is_in"), MEMBERSHIPS.values(), ids=MEMBERSHIPS.keys()
)
def test_tells_members_by_the_number_once_it_is_known(
    value: str, number: int | None, told: set[str] | None, *, is_in: bool | None
) -> None:
    memberships = None if told is None else frozenset(told)
    rule = Rule(RuleKind.GITHUB, value, organisation=number)
    evidence = Evidence(organisations=memberships, teams=memberships)
    assert matches(rule, evidence) is is_in


@pytest.mark.parametrize("number", [None, "123", True, 0, -1, 1.5], ids=repr)
def test_only_a_positive_integer_is_a_number(number: object) -> None:
    assert list(memberships([{"login": "acme", "id": number}])) == ["acme"]


@pytest.fixture
def github() -> Provider:
    return add_provider("github", "github")


def come(client: Client, *, orgs: list[Any] | None = None, teams: list[Any] | None = None) -> Any:
    responses.reset()
    responses.get(ORGS, json=orgs or [])
    responses.get(TEAMS, json=teams or [])
    visit(client)
    return Session.objects.latest("auth_time").groups


@responses.activate
@pytest.mark.parametrize("value", ["acme", "acme/core"])
def test_the_first_member_shows_which_organisation_is_meant(
    client: Client, github: Provider, value: str
) -> None:
    add_rule(github, "github", value, "staff")
    assert come(client) == []
    assert AccessRule.objects.get().organisation is None
    assert come(client, orgs=[ACME], teams=[core_of(ACME)]) == ["staff"]
    assert AccessRule.objects.get().organisation == 123


@responses.activate
@pytest.mark.parametrize("value", ["acme", "acme/core"])
def test_a_name_that_another_organisation_has_taken_lets_nobody_in_and_warns(
    client: Client, github: Provider, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    add_rule(github, "github", value, "staff")
    come(client, orgs=[ACME], teams=[core_of(ACME)])
    assert come(client, orgs=[OTHER], teams=[core_of(OTHER)]) == []
    assert "“acme” is now another organisation" in AccessRule.objects.get().warnings
    assert "organisation of an access rule: name_taken" in caplog.text


@responses.activate
def test_a_renamed_organisation_goes_on_and_warns_once(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    add_rule(github, "github", "acme", "staff")
    come(client, orgs=[ACME])
    for _ in range(2):
        assert come(client, orgs=[RENAMED]) == ["staff"]
    assert "“acme” is now called “umbrella”" in AccessRule.objects.get().warnings
    assert caplog.text.count("organisation of an access rule: renamed umbrella") == 1


@responses.activate
def test_the_check_of_memberships_goes_by_the_number_too(client: Client, github: Provider) -> None:
    add_rule(github, "github", "acme", "staff")
    Provider.objects.update(who_may_sign_in="matching")
    come(client, orgs=[ACME])
    responses.remove("GET", ORGS)
    responses.get(ORGS, json=[OTHER])
    assert check_all(timezone.now() + timedelta(days=2)).refused == 1
    assert "another organisation" in AccessRule.objects.get().warnings


@responses.activate
def test_another_value_is_about_another_organisation(client: Client, github: Provider) -> None:
    add_rule(github, "github", "acme", "staff")
    come(client, orgs=[ACME])
    rule = AccessRule.objects.get()
    rule.groups = "editors"
    rule.full_clean()
    assert rule.organisation == 123
    rule.value, rule.name_change, rule.new_name = "umbrella", "renamed", "other"
    rule.full_clean()
    assert [rule.organisation, rule.name_change, rule.new_name] == [None, "", ""]


@responses.activate
def test_the_admin_shows_number_and_warning(client: Client, github: Provider, alice: Any) -> None:
    add_rule(github, "github", "acme", "staff")
    AccessRule.objects.update(organisation=123, name_change="renamed", new_name="umbrella")
    type(alice).objects.update(is_staff=True, is_superuser=True)
    hold(client, session_token(alice))
    pages = [change(github), "/admin/access_rules/accessrule/"]
    for page in [*pages, f"{pages[1]}{AccessRule.objects.get().pk}/change/"]:
        shown = client.get(page).content.decode()
        assert "“acme” is now called “umbrella”" in shown
    assert "123" in shown
