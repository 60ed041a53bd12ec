"""More than one way in: connected by whoever is signed in to both, and never the last one taken."""

import threading
from html import unescape
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connections, transaction
from django.test import Client

from accounts import people
from accounts.self_service import connections as ways
from accounts.vouching import SINCE
from audit.models import ITSELF, Action, Target
from audit.recording import record
from providers.models import Provider
from sessions.models import Session, User
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
PAGE = "/account/connections/"


@pytest.fixture
def alices(client: Client, stage: Stage) -> Client:
    """Alice's browser; she has signed in with GitHub."""
    assert stage.sign_in(client, "github", "alice") == "/account/"
    return client


def begin_to_connect(stage: Stage, browser: Client, slug: str, person: str) -> str:
    answer = browser.post(PAGE, {"connect": slug})
    assert answer.status_code == 303
    return stage.simulator.choose(answer["Location"], person, "allow") or ""


def connect(stage: Stage, browser: Client, slug: str, person: str) -> str:
    return stage.come_back(browser, begin_to_connect(stage, browser, slug, person))


def sid(browser: Client) -> str:
    return str(browser.get("/api/session").json()["sid"])


def account(provider: str) -> SocialAccount:
    found: SocialAccount = SocialAccount.objects.get(provider=provider)
    return found


def failure(browser: Client, location: str) -> str:
    return str(browser.get(location).content.decode())


# Connect


def test_somebody_signed_in_gets_one_more_way_in_and_a_new_session(
    alices: Client, stage: Stage
) -> None:
    before = sid(alices)
    assert connect(stage, alices, "demo", "alice") == PAGE
    assert {each.user for each in SocialAccount.objects.all()} == {User.objects.get()}
    assert sid(alices) != before
    assert Session.objects.get(pk=before).revoked_at
    page = alices.get(PAGE).content.decode()
    assert page.count("Disconnect</a>") == 2
    other = Client(headers={"host": HOST})
    assert stage.sign_in(other, "demo", "alice") == "/account/"
    assert User.objects.count() == 1


def test_it_is_written_down_since_when_a_connected_account_vouches_for_an_address(
    alices: Client, stage: Stage
) -> None:
    """Also where another account of the same person vouches for it already."""
    connect(stage, alices, "demo", "alice")
    kept = [each.extra_data for each in SocialAccount.objects.all()]
    assert {each["email"] for each in kept} == {User.objects.get().email}
    assert all(each[SINCE] for each in kept)


def test_what_is_connected_already_stays_so(alices: Client, stage: Stage) -> None:
    assert connect(stage, alices, "github", "alice") == PAGE
    assert SocialAccount.objects.count() == 1


def test_says_so_if_the_account_was_connected_before(alices: Client, stage: Stage) -> None:
    landed = connect(stage, alices, "github", "alice")
    assert "That account was already connected." in alices.get(landed).content.decode()
    landed = connect(stage, alices, "demo", "alice")
    assert "already connected" not in alices.get(landed).content.decode()


@pytest.mark.parametrize("fault", ["deny", "other_nonce"])
def test_a_failure_does_not_say_that_somebody_is_not_signed_in(
    alices: Client, stage: Stage, fault: str
) -> None:
    stage.simulator.arm(fault, "demo")
    page = failure(alices, connect(stage, alices, "demo", "alice"))
    assert "nothing has been changed." in page
    assert "you haven't been signed in" not in unescape(page)


def test_an_account_of_another_person_is_not_taken(alices: Client, stage: Stage) -> None:
    bobs = Client(headers={"host": HOST})
    stage.sign_in(bobs, "demo", "bob")
    before = sid(alices)
    page = failure(alices, connect(stage, alices, "demo", "bob"))
    assert "Already connected to another account" in page
    assert "Back to how you sign in" in page
    assert 'action="/sign-in/' not in page
    assert account("demo").user != account("github").user
    assert sid(alices) == before


def test_nobody_else_finishes_what_somebody_has_begun(alices: Client, stage: Stage) -> None:
    """A state is tied to the person who wants to connect."""
    back = begin_to_connect(stage, alices, "demo", "mallory")
    alices.post("/sign-out/")
    assert stage.come_back(alices, back).startswith("/sign-in/failed/")
    assert not SocialAccount.objects.filter(provider="demo").exists()

    stage.sign_in(alices, "google", "bob")
    back = begin_to_connect(stage, alices, "demo", "mallory")
    alices.post("/sign-out/")
    stage.sign_in(alices, "github", "alice")
    assert stage.come_back(alices, back).startswith("/sign-in/failed/")
    assert not SocialAccount.objects.filter(provider="demo").exists()


def test_a_suspended_person_connects_nothing(alices: Client, stage: Stage) -> None:
    back = begin_to_connect(stage, alices, "demo", "alice")
    User.objects.update(is_active=False)
    assert stage.come_back(alices, back).startswith("/sign-in/failed/")
    assert not SocialAccount.objects.filter(provider="demo").exists()


def test_of_two_who_claim_one_identity_at_once_the_first_gets_it(
    alices: Client, stage: Stage, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = begin_to_connect(stage, alices, "demo", "alice")
    found = people.find_account
    calls: list[str] = []

    def find_account(provider: str, sub: str) -> SocialAccount | None:
        if not calls:
            calls.append(sub)
            SocialAccount.objects.create(user=bob, provider=provider, uid=sub)
            return None
        return found(provider, sub)

    monkeypatch.setattr(ways, "find_account", find_account)
    assert "Already connected to another account" in failure(alices, stage.come_back(alices, back))


def test_an_identity_that_is_disconnected_meanwhile_is_refused(
    alices: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = begin_to_connect(stage, alices, "demo", "alice")
    monkeypatch.setattr(ways, "find_account", lambda *_: None)
    assert "Already connected to another account" in failure(alices, stage.come_back(alices, back))


@pytest.mark.parametrize("slug", ["unknown", "demo"])
def test_only_a_provider_that_is_enabled_can_be_connected(alices: Client, slug: str) -> None:
    Provider.objects.filter(slug="demo").update(enabled=False)
    assert alices.post(PAGE, {"connect": slug}).status_code == 404


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE)["Location"] == f"/sign-in/?next={PAGE}"


@pytest.mark.parametrize("form", [{"connect": "demo"}, {"disconnect": "1"}], ids=" ".join)
def test_a_change_needs_a_recent_sign_in(client: Client, stage: Stage, form: Any) -> None:
    alice = User.objects.create(name="Alice")
    hold(client, session_token(alice, age=301))
    answer = client.post(PAGE, form)
    assert answer.status_code == 403
    assert f"again=1&amp;next={PAGE.replace('/', '%2F')}" in answer.content.decode()


def test_who_has_copied_a_jwt_connects_nothing(alices: Client, stage: Stage) -> None:
    """It would be a way in that outlives the JWT."""
    authorization = begin_to_connect(stage, alices, "google", "bob")
    del alices.cookies["refresh"]
    stage.come_back(alices, authorization)
    assert not SocialAccount.objects.filter(provider="google").exists()


def test_what_is_connected_is_offered_only_as_a_second_account(
    alices: Client, stage: Stage
) -> None:
    page = alices.get(PAGE).content.decode()
    first, _, second = page.partition("<summary>Connect a second account")
    assert 'value="google"' in first
    assert 'value="github"' not in first
    assert "Connect another <bdi>GitHub</bdi> account" in second
    assert 'value="google"' not in second


def test_the_account_in_use_is_marked_and_not_another_at_the_same_provider(
    alices: Client, stage: Stage
) -> None:
    connect(stage, alices, "github", "bob")
    page = alices.get(PAGE).content.decode().partition('<ul class="sessions">')[2]
    assert ["used now" in each for each in page.split("<li>")[1:]] == [False, True]


# Disconnect


def test_disconnecting_asks_first_and_says_what_follows(alices: Client, stage: Stage) -> None:
    connect(stage, alices, "demo", "alice")
    page = alices.get(f"{PAGE}?disconnect={account('github').pk}").content.decode()
    assert "Disconnect <bdi>GitHub</bdi>?" in page
    assert "including here" not in page
    page = alices.get(f"{PAGE}?disconnect={account('demo').pk}").content.decode()
    assert "wherever you used it to sign in, including here" in page
    assert SocialAccount.objects.count() == 2


@pytest.mark.parametrize("chosen", ["0", "", "words", "9" * 30])
def test_asks_about_nothing_that_is_not_ones_own(alices: Client, stage: Stage, chosen: str) -> None:
    stage.sign_in(Client(headers={"host": HOST}), "demo", "bob")
    for number in (chosen, account("demo").pk):
        assert alices.get(f"{PAGE}?disconnect={number}").status_code == 404


def test_asking_needs_a_recent_sign_in_and_leads_back_to_the_question(
    client: Client, alice: User
) -> None:
    hold(client, session_token(alice, age=301))
    answer = client.get(f"{PAGE}?disconnect=1")
    assert answer.status_code == 403
    assert "disconnect%3D1" in answer.content.decode()


# What stays at the provider


def said_after(browser: Client, taken: SocialAccount) -> str:
    browser.post(PAGE, {"disconnect": taken.pk})
    return browser.get(PAGE).content.decode()


def test_where_no_token_is_kept_the_page_links_to_where_the_person_removes_the_grant(
    alices: Client, stage: Stage
) -> None:
    connect(stage, alices, "demo", "alice")
    Provider.objects.filter(slug="github").update(base_url="", client_id="a/b")
    page = said_after(alices, account("github"))
    link = "https://github.com/settings/connections/applications/a%2Fb"
    assert f'<a href="{link}" target="_blank" rel="noopener noreferrer">Remove it at GitHub' in page


def test_where_no_place_is_known_the_page_says_it_without_a_link(
    alices: Client, stage: Stage
) -> None:
    connect(stage, alices, "google", "alice")
    stage.sign_in(alices, "github", "alice")
    page = said_after(alices, account("google"))
    assert "Google is disconnected, but may still list this site" in page
    assert "Remove it at" not in page


@pytest.mark.parametrize("removed", [True, False])
def test_a_revoked_grant_is_said_to_be_gone(alices: Client, stage: Stage, *, removed: bool) -> None:
    connect(stage, alices, "demo", "alice")
    taken = account("github")
    about: Any = {"provider": "github", "before": {"account": taken.pk}}
    record(Action.PROVIDER_TOKEN_REVOKED, ITSELF, Target.of(User.objects.get()), **about)
    if removed:
        Provider.objects.filter(slug="github").delete()
    assert "and this site has no access there any more" in said_after(alices, taken)


def test_takes_one_of_two_ways_and_ends_the_other_sessions_begun_through_it(
    alices: Client, stage: Stage
) -> None:
    other = Client(headers={"host": HOST})
    stage.sign_in(other, "github", "alice")
    connect(stage, alices, "demo", "alice")
    answer = alices.post(PAGE, {"disconnect": account("github").pk})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert not SocialAccount.objects.filter(provider="github").exists()
    assert other.get("/api/session").status_code == 401
    assert alices.get("/api/session").status_code == 200


def test_takes_the_session_with_the_account_that_it_began_through(
    alices: Client, stage: Stage
) -> None:
    """Its groups would stay, and nobody would ever ask again whether they should."""
    connect(stage, alices, "demo", "alice")
    bearer = {"authorization": f"Bearer {alices.cookies['session'].value}"}
    answer = alices.post(PAGE, {"disconnect": account("demo").pk})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-out/")
    page = alices.get("/sign-out/").content.decode()
    assert "You are signed out" in page
    assert "Demo OpenID Provider is disconnected" in page
    assert Client(headers={"host": HOST} | bearer).get("/api/session").status_code == 401
    assert alices.get(PAGE)["Location"] == f"/sign-in/?next={PAGE}"
    assert not Session.objects.filter(provider="demo", revoked_at=None).exists()


def test_never_takes_the_last_way_in(alices: Client, stage: Stage) -> None:
    answer = alices.post(PAGE, {"disconnect": account("github").pk})
    assert answer.status_code == 409
    assert "only way to sign in" in answer.content.decode()
    assert SocialAccount.objects.count() == 1


def test_a_provider_that_is_switched_off_is_no_way_in(alices: Client, stage: Stage) -> None:
    connect(stage, alices, "demo", "alice")
    Provider.objects.filter(slug="demo").update(enabled=False)
    assert alices.post(PAGE, {"disconnect": account("github").pk}).status_code == 409


def test_a_password_is_a_way_in(alices: Client) -> None:
    user = User.objects.get()
    user.set_password("correct horse battery staple")
    user.save()
    assert "Disconnect</a>" in alices.get(PAGE).content.decode()
    assert alices.post(PAGE, {"disconnect": account("github").pk}).status_code == 302
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("chosen", ["0", "", "words", "9" * 30])
def test_takes_nothing_that_is_not_ones_own(alices: Client, stage: Stage, chosen: str) -> None:
    stage.sign_in(Client(headers={"host": HOST}), "demo", "bob")
    bobs: Any = account("demo").pk
    for number in (chosen, bobs):
        assert alices.post(PAGE, {"disconnect": number}).status_code == 404
    assert SocialAccount.objects.count() == 2


@pytest.mark.usefixtures("parallel_database")
@pytest.mark.django_db(transaction=True)
def test_somebody_who_is_deleted_meanwhile_has_nothing_to_take(client: Client, alice: User) -> None:
    add_provider("github", "github")
    taken = SocialAccount.objects.create(user=alice, provider="github", uid="1").pk
    hold(client, session_token(alice))
    statuses: list[int] = []

    def take() -> None:
        statuses.append(client.post(PAGE, {"disconnect": taken}).status_code)
        connections.close_all()

    thread = threading.Thread(target=take)
    with transaction.atomic():
        alice.delete()
        thread.start()
        thread.join(timeout=0.5)
    thread.join()
    assert statuses == [404]


def test_an_account_of_a_provider_that_was_removed_is_not_shown(alices: Client) -> None:
    Provider.objects.filter(slug="github").delete()
    assert "alice" not in alices.get(PAGE).content.decode()
