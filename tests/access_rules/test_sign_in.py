"""A sign-in under access rules, message by message."""

import logging
from typing import Any

import pytest
import responses
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from attempts.models import SignInAttempt
from audit.models import AuditEvent
from audit.recording import write
from providers.models import Provider
from sessions.models import Session, User
from tests.access_rules.visits import ORGS, TEAMS, add_rule, visit
from tests.fakes import FakeIssuer, add_provider, begin, come_back, failure_code, rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture
def github() -> Provider:
    return add_provider("github", "github", who_may_sign_in="matching")


@responses.activate
def test_a_refused_stranger_leaves_no_row_and_reads_whom_the_site_lets_in(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    add_rule(github, "email_domain", "Acme.Example")
    answer = visit(client)
    assert failure_code(caplog.text) == "email_domain_not_allowed"
    assert rows() == (0, 0, 0, 0)
    page = client.get(answer["Location"]).content.decode()
    assert "people with a verified address at acme.example" in page


@responses.activate
def test_whom_the_site_lets_in_is_said_in_the_language_of_each_reading(
    client: Client, github: Provider
) -> None:
    """The cookie has no words, so the menu of languages counts for the whole sentence."""
    add_rule(github, "email_domain", "acme.example")
    address = visit(client)["Location"]
    assert "people with a verified address at acme.example" in client.get(address).content.decode()
    client.cookies["language"] = "de"
    page = client.get(address).content.decode()
    assert "people with" not in page
    assert "acme.example" in page


@responses.activate
def test_an_unverified_address_matches_no_rule(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    add_rule(github, "email", "alice@example.com")
    visit(client, emails=[{"email": "alice@example.com", "primary": True, "verified": False}])
    assert failure_code(caplog.text) == "no_verified_email"


@responses.activate
def test_somebody_without_an_address_reads_that_none_was_shared(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    add_rule(github, "email", "alice@example.com")
    answer = visit(client, emails=[])
    assert failure_code(caplog.text) == "email_not_shared"
    page = client.get(answer["Location"]).content.decode()
    assert "No email address was shared" in page
    assert "verified" not in page


@responses.activate
def test_known_people_who_are_refused_lose_nothing_and_get_no_session(
    client: Client, github: Provider
) -> None:
    Provider.objects.update(who_may_sign_in="anyone")
    visit(client)
    Provider.objects.update(who_may_sign_in="matching")
    before = rows()
    visit(Client(headers={"host": "localhost:8000"}))
    assert rows() == before
    person = User.objects.get()
    assert SignInAttempt.objects.exclude(diagnosis="").get().user == person
    write()
    event = AuditEvent.objects.get(action="sign_in_failed")
    assert (event.actor_id, event.ip) == (str(person.pk), "127.0.0.1")


@responses.activate
def test_a_stranger_whom_the_rules_refuse_again_and_again_fills_no_log(
    client: Client, github: Provider
) -> None:
    add_rule(github, "email_domain", "acme.example")
    for _ in range(33):
        visit(client)
    write()
    assert not AuditEvent.objects.exists()
    assert SignInAttempt.objects.count() == 30


@responses.activate
def test_organisation_and_team_grant_groups_to_members(client: Client, github: Provider) -> None:
    add_rule(github, "github", "Acme", "staff")
    add_rule(github, "github", "acme/core", "editors")
    responses.get(ORGS, json=[{"login": "Acme"}])
    responses.get(TEAMS, json=[{"slug": "core", "organization": {"login": "Acme"}}])
    visit(client)
    assert Session.objects.get().groups == ["editors", "staff"]
    assert client.get("/api/session").json()["groups"] == ["editors", "staff"]


@responses.activate
def test_memberships_are_read_to_the_last_page(client: Client, github: Provider) -> None:
    add_rule(github, "github", "acme")
    first = [{"login": f"other-{n}"} for n in range(100)]
    responses.get(f"{ORGS}?per_page=100&page=1", json=first)
    responses.get(f"{ORGS}?per_page=100&page=2", json=[{"login": "acme"}])
    visit(client)
    assert Session.objects.count() == 1


UNKNOWN = {
    "refused": (403, {}),
    "broken": (500, {}),
    "no list": (200, {}),
    "a list of others": (200, ["acme"]),
    "an entry without a name": (200, [{}]),
    "pages without end": (200, [{"login": f"other-{n}"} for n in range(100)]),
}


@responses.activate
@pytest.mark.parametrize(("status", "body"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_nobody_comes_in_by_a_membership_that_the_provider_did_not_tell(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture, status: int, body: Any
) -> None:
    add_rule(github, "github", "acme")
    responses.get(ORGS, json=body, status=status)
    visit(client)
    assert failure_code(caplog.text) == "membership_unknown"


def test_read_org_is_asked_for_only_where_a_rule_needs_it(client: Client, github: Provider) -> None:
    assert "read:org" not in begin(client, "github")["scope"]
    add_rule(github, "github", "acme")
    assert begin(client, "github")["scope"].split().count("read:org") == 1
    Provider.objects.update(scope="user:email read:org")
    assert begin(client, "github")["scope"].split().count("read:org") == 1


@responses.activate
def test_only_known_people_are_let_in_where_the_admin_says_so(
    client: Client, github: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    Provider.objects.update(who_may_sign_in="known")
    visit(client)
    assert failure_code(caplog.text) == "not_allowed"


@responses.activate
def test_a_claim_of_the_id_token_lets_in(client: Client) -> None:
    demo = add_provider(who_may_sign_in="matching")
    add_rule(demo, "claim", "roles=Admin", "admins")
    issuer = FakeIssuer(responses.mock, claims={"roles": ["Admin"]})
    issuer.publish()
    asked = begin(client)
    issuer.vouch(asked["nonce"])
    come_back(client, code="c", state=asked["state"])
    assert Session.objects.get().groups == ["admins"]


@responses.activate
def test_a_claim_that_only_userinfo_has_lets_in(client: Client) -> None:
    demo = add_provider(who_may_sign_in="matching")
    add_rule(demo, "claim", "roles=Admin", "admins")
    userinfo = {"sub": "alice-at-op", "roles": ["Admin"]}  # name and address are in the ID token
    issuer = FakeIssuer(responses.mock, userinfo=userinfo)
    issuer.publish()
    asked = begin(client)
    issuer.vouch(asked["nonce"])
    come_back(client, code="c", state=asked["state"])
    assert Session.objects.get().groups == ["admins"]


@responses.activate
def test_nobody_is_in_whose_membership_cannot_be_kept_to_be_checked_again(
    client: Client, github: Provider
) -> None:
    add_rule(github, "github", "acme", "staff")
    responses.get(ORGS, json=[{"login": "acme"}])
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE access_rules_membershipfacts")
    client.raise_request_exception = False
    answer = visit(client)
    write()
    assert answer.status_code >= 500
    assert "session" not in answer.cookies
    assert rows() == (0, 0, 0, 0)
    assert not AuditEvent.objects.filter(action="signed_in").exists()


def test_the_rules_are_read_only_for_a_sign_in_that_began_here(
    client: Client, github: Provider, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_rule(github, "invited", "alice@example.com")
    with django_assert_num_queries(1) as queries:
        client.get("/sign-in/github/callback/")
    assert "value" not in queries.captured_queries[0]["sql"]
