"""Known by one provider, came by another: signs in as before, and may connect both."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from access_rules.models import AccessRule, MembershipFacts, ProviderToken
from attempts.models import SignInAttempt
from audit.models import Action, AuditEvent
from audit.recording import write
from oauth_client import pages, proven
from providers.models import Provider
from sessions.models import Session, User
from tests.access_rules.visits import ORGS, add_rule, visit
from tests.conftest import HOST
from tests.fakes import FakeIssuer, add_provider, begin, come_back, hold, session_token
from tests.rehearsal import Stage
from web.addresses import AddressLimit
from web.redirects import MAX_LENGTH

pytestmark = pytest.mark.django_db
PAGE = "/account/connections/proven/"
CONNECTIONS = "/account/connections/"
GONE = "This offer has expired."


def browser(**options: Any) -> Client:
    return Client(headers={"host": HOST}, **options)


@pytest.fixture
def failed(client: Client, stage: Stage) -> str:
    """Alice, who is known through GitHub, has come by Google: where she was sent."""
    stage.sign_in(browser(), "github", "alice")
    return stage.sign_in(client, "google", "alice")


def shown(who: Client, path: str = PAGE) -> str:
    return " ".join(who.get(path).content.decode().split())


def next_of(page: str) -> str:
    """Return where the first button of a page leads in the end."""
    return page.partition('name="next" value="')[2].partition('"')[0].replace("&amp;", "&")


def go_on(stage: Stage, who: Client, slug: str, person: str, next_: str = PAGE) -> str:
    url = who.post(f"/sign-in/{slug}/", {"next": next_})["Location"]
    return stage.come_back(who, stage.simulator.choose(url, person, "allow") or "")


def form(who: Client, path: str = PAGE) -> dict[str, str]:
    """Return the form of the page as its first button sends it."""
    return {"connect": shown(who, path).partition('name="connect" value="')[2].partition('"')[0]}


def owners() -> dict[str, Any]:
    return dict(SocialAccount.objects.values_list("provider", "user"))


# The way


def test_who_came_by_another_provider_connects_it_without_going_there_again(
    client: Client, stage: Stage, failed: str
) -> None:
    page = shown(client, failed)
    assert 'action="/sign-in/github/"' in page
    assert "Continue with <bdi>GitHub</bdi>" in page
    assert "you can connect <bdi>Google</bdi>" in page

    assert go_on(stage, client, "github", "alice", next_of(page)) == PAGE
    page = shown(client)
    assert "Connect <bdi>Google</bdi> as well?" in page
    assert "Alice Archer" in page
    assert "alice@example.com" in page
    assert 'role="alert"' not in page

    answer = client.post(PAGE, form(client))
    assert (answer.status_code, answer["Location"]) == (302, CONNECTIONS)
    assert set(owners()) == {"github", "google"}
    assert User.objects.count() == 1
    assert "is connected. You can sign in with it" in shown(client, CONNECTIONS)
    assert client.cookies["proven"].value == ""
    assert "was connected to your account" not in shown(client, "/account/")


def test_it_is_a_connection_like_any_other(client: Client, stage: Stage, failed: str) -> None:
    """A new session, a line in the audit log and among the sign-ins, a notice to the others."""
    other = browser()
    stage.sign_in(other, "github", "alice")
    go_on(stage, client, "github", "alice")
    before = client.get("/api/session").json()
    client.post(PAGE, form(client))
    after = client.get("/api/session").json()
    assert (before["idp"], after["idp"]) == ("github", "google")
    assert after["auth_time"] == before["auth_time"]
    assert Session.objects.get(pk=before["sid"]).revoked_at
    linked = AuditEvent.objects.filter(action=Action.LINKED, provider="google").get()
    assert linked.actor_id == after["sub"]
    assert SignInAttempt.objects.filter(process="connect", diagnosis="").get().provider == "google"
    assert "was connected to your account" in shown(other, "/account/")


def test_it_leads_on_to_where_the_visitor_wanted_to_go(client: Client, stage: Stage) -> None:
    stage.sign_in(browser(), "github", "alice")
    address = "/account/tokens/?a=b&c"
    failed = go_on(stage, client, "google", "alice", address)
    asked = go_on(stage, client, "github", "alice", next_of(shown(client, failed)))
    assert asked.startswith(f"{PAGE}?next=%2Faccount")
    assert client.post(asked, form(client, asked))["Location"] == address
    assert "Google is connected." in shown(client, CONNECTIONS)


def test_an_address_that_is_too_long_to_carry_along_is_left_out() -> None:
    assert proven.asking_at("/" + "a" * (MAX_LENGTH - 1)) == PAGE
    assert proven.is_asked_at(PAGE)
    assert not proven.is_asked_at(CONNECTIONS)


def test_signing_in_for_that_is_a_recent_sign_in(client: Client, stage: Stage, failed: str) -> None:
    """The provider is made to ask, also in a browser that somebody has used before."""
    client.cookies["last-asked"] = "1700000000"
    sent = parse_qs(urlsplit(client.post("/sign-in/github/", {"next": PAGE})["Location"]).query)
    assert sent["prompt"] == ["select_account"]
    assert go_on(stage, client, "github", "alice") == PAGE
    assert client.get(PAGE).status_code == 200


def test_not_now_forgets_it_and_leads_on(client: Client, stage: Stage, failed: str) -> None:
    go_on(stage, client, "github", "alice")
    kept = client.cookies["proven"].value
    assert (
        client.post(f"{PAGE}?next=/account/data/", {"forget": "yes"})["Location"]
        == "/account/data/"
    )
    client.cookies["proven"] = kept
    assert GONE in shown_after(client)
    assert set(owners()) == {"github"}


def shown_after(who: Client) -> str:
    assert who.get(PAGE)["Location"] == CONNECTIONS
    return shown(who, CONNECTIONS)


# Whose account it is


def test_who_is_somebody_else_here_is_warned_and_reads_whose_account_it_is(
    client: Client, stage: Stage, failed: str
) -> None:
    go_on(stage, client, "demo", "bob")
    page = shown(client)
    assert 'role="alert"' in page
    assert "alice@example.com</bdi> is not your address here" in page
    assert "whoever uses it can sign in as you" in page


def test_a_sign_in_that_does_not_lead_there_forgets_it(
    client: Client, stage: Stage, failed: str
) -> None:
    """Whoever signs in where somebody else has left a proof is not asked about it."""
    key = client.cookies["proven"].value
    assert stage.sign_in(client, "github", "alice") == "/account/"
    assert client.cookies["proven"].value == ""
    client.cookies["proven"] = key
    assert GONE in shown_after(client)


def test_only_the_browser_that_has_proven_it_is_asked(
    client: Client, stage: Stage, failed: str
) -> None:
    other = browser()
    go_on(stage, other, "github", "alice")
    assert GONE in shown_after(other)
    other.cookies["proven"] = "a-key-that-nobody-made"
    assert GONE in shown_after(other)


def test_what_was_sealed_with_other_keys_is_gone(
    client: Client, stage: Stage, failed: str, settings: Settings
) -> None:
    go_on(stage, client, "github", "alice")
    settings.ENCRYPTION_KEYS = [bytes(32)]
    assert GONE in shown_after(client)


def test_what_is_kept_says_nothing_without_the_keys(client: Client, failed: str) -> None:
    key = client.cookies["proven"].value
    assert "alice" not in str(caches["proven"].get(sha256(key.encode()).hexdigest()))
    assert "alice" not in key
    assert client.cookies["proven"]["httponly"]
    assert client.cookies["proven"]["max-age"] == 600


def test_nobody_connects_another_account_than_the_page_has_shown(
    client: Client, stage: Stage, failed: str
) -> None:
    go_on(stage, client, "github", "alice")
    sent = form(client)
    stage.sign_in(browser(), "github", "bob")
    planted = browser()
    stage.sign_in(planted, "google", "bob")
    client.cookies["proven"] = planted.cookies["proven"].value
    assert client.post(PAGE, sent)["Location"] == CONNECTIONS
    assert "google" not in owners()


# Refusals


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE)["Location"] == f"/sign-in/?next={PAGE}"
    assert client.post(PAGE, {"connect": "x"})["Location"] == f"/sign-in/?next={PAGE}"


def test_after_ten_minutes_it_is_gone(client: Client, stage: Stage, failed: str) -> None:
    go_on(stage, client, "github", "alice")
    sent = form(client)
    caches["proven"].clear()
    assert client.post(PAGE, sent)["Location"] == CONNECTIONS
    page = shown(client, CONNECTIONS)
    assert GONE in page
    assert 'value="google"' in page
    assert GONE in shown_after(client)


def test_it_is_good_once(client: Client, stage: Stage, failed: str) -> None:
    go_on(stage, client, "github", "alice")
    sent, kept = form(client), client.cookies["proven"].value
    client.post(PAGE, sent)
    before = client.get("/api/session").json()["sid"]
    client.cookies["proven"] = kept
    assert client.post(PAGE, sent)["Location"] == CONNECTIONS
    assert client.get("/api/session").json()["sid"] == before


def test_of_two_tabs_one_connects(
    client: Client, stage: Stage, failed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on(stage, client, "github", "alice")
    sent = form(client)
    monkeypatch.setattr(type(caches["proven"]), "delete", lambda *_: False)
    assert client.post(PAGE, sent)["Location"] == CONNECTIONS
    assert "google" not in owners()


def test_it_needs_a_recent_sign_in(client: Client, stage: Stage, failed: str) -> None:
    hold(client, session_token(User.objects.get(), age=301))
    assert client.get(PAGE).status_code == 403
    asked = client.post(PAGE, {"connect": "x"})
    assert asked["Location"] == "/sign-in/?again=1&next=%2Faccount%2Fconnections%2Fproven%2F"
    assert client.post(PAGE, {"forget": "yes"}).status_code == 302


def test_a_sign_out_and_a_password_forget_it(client: Client, stage: Stage, failed: str) -> None:
    User.objects.create_superuser("root", "correct horse battery staple")
    form = {"username": "root", "password": "correct horse battery staple"}
    assert client.post("/admin/login/", form).cookies["proven"].value == ""
    assert client.post("/sign-out/").cookies["proven"].value == ""


def test_it_needs_a_csrf_token(client: Client, stage: Stage, failed: str) -> None:
    go_on(stage, client, "github", "alice")
    strict = browser(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(PAGE, form(client)).status_code == 403
    assert "google" not in owners()


def test_too_many_are_asked_to_wait(
    client: Client, stage: Stage, failed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on(stage, client, "github", "alice")
    sent = form(client)
    monkeypatch.setattr(pages, "STARTS", AddressLimit("one", limit=0, window=300, cache="starts"))
    assert client.post(PAGE, sent).status_code == 429
    assert "google" not in owners()


def switch_off() -> None:
    Provider.objects.filter(slug="google").update(enabled=False)


def remove() -> None:
    Provider.objects.filter(slug="google").delete()


def change_client() -> None:
    Provider.objects.filter(slug="google").update(client_id="another")


def close() -> None:
    Provider.objects.filter(slug="google").update(who_may_sign_in="matching")


def give_away() -> None:
    """Somebody else has connected it meanwhile."""
    bob = User.objects.create(name="Bob")
    SocialAccount.objects.create(user=bob, provider="google", uid="110000000000000070101")
    SocialAccount.objects.filter(provider="google").update(uid=Uid.of_alice)


class Uid:
    of_alice = ""


@pytest.mark.parametrize(
    ("meanwhile", "diagnosis"),
    [
        (switch_off, "provider_switched_off"),
        (remove, "provider_removed"),
        (change_client, "provider_changed"),
        (close, "rules_changed"),
        (give_away, "account_of_another"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_is_true_at_the_end_counts(
    client: Client, stage: Stage, failed: str, meanwhile: Callable[[], None], diagnosis: str
) -> None:
    go_on(stage, client, "github", "alice")
    sent = form(client)
    Uid.of_alice = found_uid(client)
    meanwhile()
    answer = client.post(PAGE, sent)
    assert answer.status_code == 303
    assert SignInAttempt.objects.latest("created_at").diagnosis == diagnosis
    page = shown(client, answer["Location"])
    assert f'href="{CONNECTIONS}">Back to how you sign in' in page
    assert ("Merge the two" in page) == (diagnosis == "account_of_another")
    assert not SocialAccount.objects.filter(provider="google", user=alice()).exists()
    assert client.get("/api/session").json()["idp"] == "github"


def alice() -> User:
    owner: User = SocialAccount.objects.get(provider="github").user
    return owner


def found_uid(who: Client) -> str:
    request: Any = who.get(PAGE).wsgi_request
    found = proven.find(request)
    assert found
    return found.arrival.identity.sub


# Under access rules


def known_only(slug: str = "google") -> None:
    Provider.objects.filter(slug=slug).update(who_may_sign_in="known")


def test_where_only_known_people_may_sign_in_a_known_person_is_shown_the_way(
    client: Client, stage: Stage
) -> None:
    stage.sign_in(browser(), "github", "alice")
    known_only()
    page = shown(client, stage.sign_in(client, "google", "alice"))
    assert SignInAttempt.objects.latest("created_at").diagnosis == "not_allowed"
    assert "Continue with <bdi>GitHub</bdi>" in page
    assert "Continue with <bdi>Demo" not in page
    write()
    assert AuditEvent.objects.filter(action=Action.SIGN_IN_FAILED).get().provider == "google"
    go_on(stage, client, "github", "alice", next_of(page))
    assert client.post(PAGE, form(client))["Location"] == CONNECTIONS
    assert set(owners()) == {"github", "google"}


@pytest.mark.parametrize("person", ["nora", "bob", "una"])
def test_who_cannot_be_recognised_may_still_say_that_they_are_known(
    client: Client, stage: Stage, person: str
) -> None:
    """Nothing here tells a stranger who has an account."""
    stage.sign_in(browser(), "demo", "una")
    known_only()
    page = shown(client, stage.sign_in(client, "google", person))
    assert "Do you have an account here?" in page
    assert "Continue with <bdi>GitHub</bdi>" in page
    assert "Continue with <bdi>Demo" in page
    write()
    assert not AuditEvent.objects.filter(action=Action.SIGN_IN_FAILED).exists()


def test_an_account_without_an_address_is_named_and_warned_of(client: Client, stage: Stage) -> None:
    known_only()
    stage.sign_in(client, "google", "nora")
    go_on(stage, client, "github", "alice")
    page = shown(client)
    assert "Nora" in page
    assert "This account shared no address" in page


def test_an_account_without_any_name_is_named_by_its_id(client: Client, stage: Stage) -> None:
    page = connect_page_of({"name": None, "email": None, "preferred_username": None}, client)
    assert "<code>alice-at-op</code>" in page


def test_a_user_name_is_shown_beside_the_name(client: Client, stage: Stage) -> None:
    page = connect_page_of({"preferred_username": "archer"}, client)
    assert "<bdi>archer</bdi>" in page


@responses.activate
def connect_page_of(claims: dict[str, Any], client: Client) -> str:
    Provider.objects.all().delete()
    add_provider("demo", who_may_sign_in="known")
    issuer = FakeIssuer(responses.mock, claims=claims, userinfo={"sub": "alice-at-op"})
    issuer.publish()
    authorization = begin(client)
    issuer.vouch(authorization["nonce"])
    come_back(client, code="c", state=authorization["state"])
    hold(client, session_token(User.objects.create(name="Alice")))
    return shown(client)


def test_whom_the_rules_refuse_for_good_is_offered_other_providers_and_no_connection(
    client: Client, stage: Stage
) -> None:
    stage.sign_in(browser(), "github", "alice")
    google = Provider.objects.get(slug="google")
    add_rule(google, "email", "bob@example.com")
    Provider.objects.filter(slug="google").update(who_may_sign_in="matching")
    page = shown(client, stage.sign_in(client, "google", "alice"))
    assert "proven" not in client.cookies
    assert "Continue with <bdi>GitHub</bdi>" in page
    assert "Or use another provider" in page
    assert PAGE not in page


def test_a_rule_about_an_address_counts_for_the_person_who_has_proven_it(
    client: Client, stage: Stage
) -> None:
    stage.sign_in(browser(), "github", "alice")
    google = Provider.objects.get(slug="google")
    add_rule(google, "email", "alice@example.com")
    Provider.objects.filter(slug="google").update(who_may_sign_in="matching")
    stage.sign_in(client, "google", "alice")
    go_on(stage, client, "demo", "bob")
    page = shown(client, client.post(PAGE, form(client))["Location"])
    assert "people on a list" in page
    assert "google" not in owners()


@responses.activate
def test_what_a_membership_rule_needs_later_is_kept_with_the_account(client: Client) -> None:
    github = add_provider("github", "github", who_may_sign_in="matching")
    add_rule(github, "github", "acme", groups="staff")
    add_provider("demo")
    known = User.objects.create(name="Alice")
    SocialAccount.objects.create(
        user=known,
        provider="demo",
        uid="1",
        extra_data={"email": "alice@example.com", "email_verified": True},
    )
    EmailAddress.objects.create(user=known, email="alice@example.com", verified=True, primary=True)
    responses.get(ORGS, json=[{"login": "acme", "id": 7}])
    visit(client)
    hold(client, session_token(known, provider="demo"))
    assert client.post(PAGE, form(client)).status_code == 302
    account = SocialAccount.objects.get(provider="github")
    assert account.user == known
    assert MembershipFacts.objects.get(account=account).organisations
    assert ProviderToken.objects.get(account=account).access_token == "an-access-token"
    assert client.get("/api/session").json()["groups"] == ["staff"]
    assert AccessRule.objects.get().organisation == 7
