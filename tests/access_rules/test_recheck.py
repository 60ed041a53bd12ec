"""People who are signed in are asked about again, and who has left is signed out."""

import io
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from responses import matchers

from access_rules.management.commands import memberships
from access_rules.models import AccessRule, MembershipFacts, ProviderToken
from access_rules.recheck import RecheckCounts, check_all
from access_rules.stored import remove_unneeded_tokens
from audit.models import AuditEvent
from providers.models import Provider
from sessions.models import Session, User
from tests.access_rules.visits import ORGS, TEAMS, add_rule, visit
from tests.fakes import (
    ACCESS_TOKEN,
    GITHUB_TOKEN,
    ISSUER,
    FakeGitHub,
    FakeIssuer,
    add_provider,
    begin,
    come_back,
)

pytestmark = pytest.mark.django_db
DAY = 86_400
USERINFO = f"{ISSUER}/userinfo"


@pytest.fixture
def github() -> Provider:
    provider = add_provider("github", "github", who_may_sign_in="matching")
    add_rule(provider, "github", "acme", "staff")
    return provider


def later(seconds: int = DAY + 60) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def orgs(*names: str, status: int = 200) -> None:
    """Let GitHub answer this from now on."""
    responses.remove("GET", ORGS)
    responses.get(ORGS, json=[{"login": name} for name in names], status=status)


@pytest.fixture
def member(client: Client, github: Provider) -> Client:
    """The browser of a member of acme, signed in through GitHub; `responses` is active."""
    orgs("acme")
    visit(client)
    assert Session.objects.get().groups == ["staff"]
    return client


def session() -> Session:
    return Session.objects.get()


@responses.activate
def test_a_member_stays_and_is_asked_about_once_a_day(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("member")
    assert check_all(later(DAY - 60)) == RecheckCounts()
    assert check_all(later()) == RecheckCounts(confirmed=1)
    assert responses.calls[-1].request.headers["Authorization"] == f"Bearer {ACCESS_TOKEN}"
    assert check_all(later()) == RecheckCounts()
    assert session().revoked_at is None


@responses.activate
def test_who_has_left_loses_the_sessions_and_the_log_says_why(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    browser = request.getfixturevalue("member")
    orgs("others")
    assert check_all(later()) == RecheckCounts(refused=1, ended=1)
    assert session().end == Session.End.NO_LONGER_ALLOWED
    assert browser.get("/api/session").status_code == 401
    event = AuditEvent.objects.get(action="sessions_ended")
    assert (event.reason, event.provider) == ("no_longer_allowed", "github")
    assert check_all(later()) == RecheckCounts()


@responses.activate
def test_groups_of_a_session_follow_the_memberships(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    add_rule(github, "email", "alice@example.com", "guests")
    add_rule(github, "github", "acme/core", "editors")
    responses.get(TEAMS, json=[{"slug": "core", "organization": {"login": "acme"}}])
    orgs()
    visit(request.getfixturevalue("client"))
    assert session().groups == ["editors", "guests"]
    orgs("acme")
    assert check_all(later()) == RecheckCounts(confirmed=1)
    assert session().groups == ["editors", "guests", "staff"]


@responses.activate
def test_an_address_that_the_provider_may_no_longer_vouch_for_keeps_nobody_in(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("member")
    add_rule(github, "email", "alice@example.com", "guests")
    orgs()
    assert check_all(later()) == RecheckCounts(confirmed=1)
    Provider.objects.update(vouches_for="example.org")
    assert check_all(later(2 * DAY + 120)) == RecheckCounts(refused=1, ended=1)


REFUSALS: dict[str, tuple[int, Any]] = {"revoked": (401, {}), "forbidden": (403, {})}


@responses.activate
@pytest.mark.parametrize(("status", "body"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_provider_that_vouches_no_more_ends_the_session(
    github: Provider, request: pytest.FixtureRequest, status: int, body: Any
) -> None:
    request.getfixturevalue("member")
    orgs(status=status)
    assert check_all(later()) == RecheckCounts(refused=1, ended=1)
    assert MembershipFacts.objects.get().organisations is None


@responses.activate
def test_another_rule_keeps_somebody_signed_in_whom_the_provider_does_not_vouch_for(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    add_rule(github, "email", "alice@example.com", "guests")
    request.getfixturevalue("client")
    orgs("acme")
    visit(request.getfixturevalue("client"))
    orgs(status=401)
    assert check_all(later()) == RecheckCounts(confirmed=1)
    assert session().groups == ["guests"]


DOWN = {"5xx": 503, "rate limit": 429}


@responses.activate
@pytest.mark.parametrize("status", DOWN.values(), ids=DOWN.keys())
def test_a_provider_that_does_not_answer_ends_sessions_after_another_day(
    github: Provider, request: pytest.FixtureRequest, status: int
) -> None:
    request.getfixturevalue("member")
    orgs(status=status)
    assert check_all(later()) == RecheckCounts(waiting=1)
    assert session().groups == ["staff"]
    assert check_all(later(2 * DAY + 60)) == RecheckCounts(refused=1, ended=1)


@responses.activate
def test_a_setting_ends_them_at_once(
    github: Provider, request: pytest.FixtureRequest, settings: Settings
) -> None:
    settings.MEMBERSHIP_UNREACHABLE = "refuse"
    request.getfixturevalue("member")
    orgs(status=503)
    assert check_all(later()) == RecheckCounts(refused=1, ended=1)


@responses.activate
def test_a_provider_that_is_down_is_asked_once_in_a_run(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("member")
    responses.reset()
    orgs("acme")
    bob = [{"email": "bob@example.com", "primary": True, "verified": True}]
    FakeGitHub(responses.mock, user={"id": 1002, "login": "bob"}, emails=bob).vouch()
    other = Client(headers={"host": "localhost:8000"})
    come_back(other, "github", code="c", state=begin(other, "github")["state"])
    responses.remove("GET", ORGS)  # a connection that fails
    asked = len(responses.calls)
    assert check_all(later()) == RecheckCounts(waiting=2)
    assert len(responses.calls) == asked + 1


@responses.activate
def test_somebody_without_a_stored_token_waits_as_well(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("member")
    ProviderToken.objects.all().delete()
    assert check_all(later()) == RecheckCounts(waiting=1)


@responses.activate
def test_who_is_signed_out_is_not_asked_about(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("member").post("/sign-out/")
    Session.objects.update(revoked_at=timezone.now())
    assert check_all(later()) == RecheckCounts()


@responses.activate
def test_without_a_rule_to_ask_again_nobody_is(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("member")
    assert remove_unneeded_tokens() == 0
    AccessRule.objects.all().delete()
    assert check_all(later()) == RecheckCounts()
    assert remove_unneeded_tokens() == 1
    assert not ProviderToken.objects.exists()


@responses.activate
def test_no_token_is_stored_for_rules_that_need_none(client: Client) -> None:
    github = add_provider("github", "github")
    add_rule(github, "email_domain", "example.com")
    visit(client)
    assert (MembershipFacts.objects.count(), ProviderToken.objects.count()) == (1, 0)


@responses.activate
def test_tokens_are_sealed_and_sealed_anew_with_the_first_key(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("member")
    stored = ProviderToken.objects.get()
    assert ACCESS_TOKEN not in stored.sealed_access_token
    assert (stored.access_token, stored.refresh_token) == (ACCESS_TOKEN, "")
    assert stored.expires_at is None
    assert ACCESS_TOKEN not in str(stored)
    out = io.StringIO()
    call_command("reencrypt", stdout=out)
    assert "access_rules_providertoken.sealed_access_token" in out.getvalue()


@responses.activate
def test_the_command_says_what_it_found(
    github: Provider, request: pytest.FixtureRequest, settings: Settings
) -> None:
    request.getfixturevalue("member")
    MembershipFacts.objects.update(checked_at=timezone.now() - timedelta(days=1))
    orgs()
    out = io.StringIO()
    call_command("memberships", "check", stdout=out)
    assert out.getvalue() == (
        "Still allowed: 0\nCould not be checked: 0\nNo longer allowed: 1 (sessions ended: 1)\n"
    )


WITHOUT_AN_ANSWER: dict[str, dict[str, Any]] = {
    "longer than a day": {"days": 3, "unreachable": "keep"},
    "and the site keeps nobody so": {"days": 1, "unreachable": "refuse"},
}


@responses.activate
@pytest.mark.parametrize("how", WITHOUT_AN_ANSWER.values(), ids=WITHOUT_AN_ANSWER.keys())
@pytest.mark.parametrize("policy", ["anyone", "known", "matching"])
def test_nobody_is_confirmed_without_an_answer(
    github: Provider, client: Client, settings: Settings, how: dict[str, Any], policy: str
) -> None:
    settings.MEMBERSHIP_UNREACHABLE = how["unreachable"]
    add_rule(github, "email", "alice@example.com", "guests")
    orgs("acme")
    visit(client)
    Provider.objects.update(who_may_sign_in=policy)
    orgs(status=503)
    assert check_all(later(how["days"] * DAY + 60)) == RecheckCounts(waiting=1)
    assert session().groups == ["guests"]


@responses.activate
def test_the_command_names_whom_it_got_no_answer_about(
    github: Provider, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    request.getfixturevalue("member")
    MembershipFacts.objects.update(checked_at=timezone.now() - timedelta(days=1, hours=1))
    orgs(status=503)
    out = io.StringIO()
    call_command("memberships", "check", stdout=out)
    alice = User.objects.get()
    assert out.getvalue().splitlines() == [
        "Still allowed: 0",
        "Could not be checked: 1",
        "No longer allowed: 0 (sessions ended: 0)",
        f"github did not answer about {alice.display_name} ({alice.pk}): provider unavailable",
    ]
    monkeypatch.setattr(memberships, "LISTED", 0)
    out = io.StringIO()
    call_command("memberships", "check", stdout=out)
    assert out.getvalue().endswith("1 more person is not listed.\n")


# OpenID Providers


@pytest.fixture
def demo() -> Provider:
    provider = add_provider(who_may_sign_in="matching")
    add_rule(provider, "claim", "role=admin", "admins")
    return provider


def sign_in_at_demo(client: Client, claims: dict[str, Any], **token: Any) -> None:
    issuer = FakeIssuer(responses.mock, claims=claims, token=token)
    issuer.publish()
    asked = begin(client)
    issuer.vouch(asked["nonce"])
    come_back(client, code="c", state=asked["state"])
    assert session().groups == ["admins"]


def userinfo(**claims: Any) -> None:
    responses.remove("GET", USERINFO)
    responses.get(USERINFO, json={"sub": "alice-at-op"} | claims)


@responses.activate
def test_userinfo_says_that_a_role_is_gone(client: Client, demo: Provider) -> None:
    sign_in_at_demo(client, {"role": "admin"}, expires_in=None)
    userinfo(role="reader")
    assert check_all(later()) == RecheckCounts(refused=1, ended=1)


@responses.activate
def test_a_claim_that_only_the_id_token_has_stays_and_is_not_confirmed(
    client: Client, demo: Provider
) -> None:
    sign_in_at_demo(client, {"role": "admin"}, expires_in=None)
    userinfo()
    report = check_all(later())
    assert report == RecheckCounts(waiting=1)
    assert [why for _, why in report.unanswered] == ["the answer lacks role"]
    assert session().groups == ["admins"]


@responses.activate
def test_a_claim_that_came_later_and_does_so_no_more_is_gone(
    client: Client, demo: Provider
) -> None:
    sign_in_at_demo(client, {"role": "admin"}, expires_in=None)
    userinfo(role="admin")
    assert check_all(later()) == RecheckCounts(confirmed=1)
    userinfo()
    assert check_all(later(3 * DAY)) == RecheckCounts(refused=1, ended=1)


@responses.activate
def test_an_answer_about_somebody_else_vouches_for_nobody(client: Client, demo: Provider) -> None:
    sign_in_at_demo(client, {"role": "admin"}, expires_in=None)
    userinfo(sub="mallory-at-op", role="admin")
    assert check_all(later()) == RecheckCounts(refused=1, ended=1)


@responses.activate
def test_an_expired_token_is_refreshed_and_its_successor_kept(
    client: Client, demo: Provider
) -> None:
    sign_in_at_demo(client, {"role": "admin"}, refresh_token="refresh-1")
    responses.remove("POST", f"{ISSUER}/token")
    asked = {"grant_type": "refresh_token", "refresh_token": "refresh-1"}
    answer = {"access_token": "second", "expires_in": 60, "refresh_token": "refresh-2"}
    basic = {"Authorization": "Basic " + b64encode(b"client-1:the+client+secret").decode()}
    match = [matchers.urlencoded_params_matcher(asked), matchers.header_matcher(basic)]
    responses.post(f"{ISSUER}/token", json=answer, match=match)
    userinfo(role="admin")
    assert check_all(later()) == RecheckCounts(confirmed=1)
    assert responses.calls[-1].request.headers["Authorization"] == "Bearer second"
    stored = ProviderToken.objects.get()
    assert (stored.access_token, stored.refresh_token) == ("second", "refresh-2")


@responses.activate
def test_a_token_that_is_refused_is_refreshed_once(client: Client, demo: Provider) -> None:
    sign_in_at_demo(client, {"role": "admin"}, expires_in=None, refresh_token="refresh-1")
    responses.remove("POST", f"{ISSUER}/token")
    responses.post(f"{ISSUER}/token", json={"access_token": "second"})
    matching = matchers.header_matcher({"Authorization": "Bearer second"})
    responses.get(
        USERINFO,
        status=401,
        match=[matchers.header_matcher({"Authorization": f"Bearer {ACCESS_TOKEN}"})],
    )
    responses.get(USERINFO, json={"sub": "alice-at-op", "role": "admin"}, match=[matching])
    assert check_all(later()) == RecheckCounts(confirmed=1)
    assert ProviderToken.objects.get().refresh_token == "refresh-1"  # none came: it stays


@responses.activate
def test_a_refresh_token_that_is_refused_vouches_for_nobody(client: Client, demo: Provider) -> None:
    sign_in_at_demo(client, {"role": "admin"}, refresh_token="refresh-1")
    responses.remove("POST", f"{ISSUER}/token")
    responses.post(f"{ISSUER}/token", json={"error": "invalid_grant"}, status=400)
    assert check_all(later()) == RecheckCounts(refused=1, ended=1)


WAITING: dict[str, dict[str, Any]] = {
    "an expired token without a successor": {},
    "a refresh that is answered with nonsense": {"refresh_token": "refresh-1"},
}


@responses.activate
@pytest.mark.parametrize("token", WAITING.values(), ids=WAITING.keys())
def test_what_is_nobodys_leaving_waits(
    client: Client, demo: Provider, token: dict[str, Any]
) -> None:
    sign_in_at_demo(client, {"role": "admin"}, **token)
    responses.remove("POST", f"{ISSUER}/token")
    responses.post(f"{ISSUER}/token", json={"access_token": 1})
    assert check_all(later()) == RecheckCounts(waiting=1)


@responses.activate
def test_an_issuer_without_userinfo_cannot_be_asked(client: Client, demo: Provider) -> None:
    issuer = FakeIssuer(
        responses.mock,
        claims={"role": "admin"},
        token={"expires_in": None},
        metadata={"userinfo_endpoint": None},
    )
    issuer.publish()
    asked = begin(client)
    issuer.vouch(asked["nonce"])
    come_back(client, code="c", state=asked["state"])
    assert check_all(later()) == RecheckCounts(waiting=1)


@responses.activate
def test_a_claim_of_a_provider_that_cannot_be_asked_again_waits(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("member")
    add_rule(github, "claim", "preferred_username=alice")
    assert check_all(later()) == RecheckCounts(waiting=1)


def test_google_is_asked_for_a_refresh_token_only_where_a_rule_needs_it(client: Client) -> None:
    google = add_provider("google", "google")
    document = {
        "issuer": "https://accounts.google.com",
        "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
        "token_endpoint": "https://oauth2.googleapis.com/token",
        "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
    }
    with responses.RequestsMock() as answers:
        answers.get("https://accounts.google.com/.well-known/openid-configuration", json=document)
        assert "access_type" not in begin(client, "google")
        add_rule(google, "hosted_domain", "example.com")
        assert begin(client, "google")["access_type"] == "offline"


@responses.activate
def test_two_accounts_of_one_person_stand_for_each_other(
    github: Provider, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("member")
    alice = User.objects.get()
    second = SocialAccount.objects.create(user=alice, provider="github", uid="1002")
    MembershipFacts.objects.create(account=second, organisations=["acme"], checked_at=later())
    orgs("others")
    assert check_all(later()) == RecheckCounts(confirmed=1)
    assert session().groups == ["staff"]
    assert GITHUB_TOKEN in {call.request.url for call in responses.calls}
