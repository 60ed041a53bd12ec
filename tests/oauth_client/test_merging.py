"""Somebody who is two people here proves both, reads what moves, and becomes one."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from oauth_client import merge_proof
from sessions.models import Session, User
from tests.conftest import HOST
from tests.fakes import session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
PAGE = "/account/merge/"
CONNECTIONS = "/account/connections/"
PROVE = "The other one uses"


def browser() -> Client:
    return Client(headers={"host": HOST})


@pytest.fixture
def alices(client: Client, stage: Stage) -> Client:
    """Alice's browser, signed in with GitHub; with Google she is another person here."""
    stage.sign_in(browser(), "google", "bob")
    stage.sign_in(client, "github", "alice")
    return client


def person(provider: str) -> User:
    user: User = SocialAccount.objects.get(provider=provider).user
    return user


def begin(stage: Stage, who: Client, slug: str, name: str) -> str:
    url = who.post(PAGE, {"prove": slug})["Location"]
    return stage.simulator.choose(url, name, "allow") or ""


def prove(stage: Stage, who: Client, slug: str = "google", name: str = "bob") -> str:
    return stage.come_back(who, begin(stage, who, slug, name))


def page(who: Client, path: str = PAGE) -> str:
    return str(who.get(path).content.decode())


def form(who: Client) -> dict[str, str]:
    """Return the form of the page as it is sent when the box is ticked."""
    seen = page(who).partition('name="seen" value="')[2].partition('"')[0]
    return {"seen": seen, "understood": "yes"}


def test_shows_what_moves_and_merges_after_a_proof(alices: Client, stage: Stage) -> None:
    stays, goes = person("github"), person("google")
    his = session_token(goes)
    assert PROVE in page(alices)
    assert prove(stage, alices) == PAGE
    shown = page(alices)
    for words in ("Bob Baker", "Google (bob", "2 sessions in browsers and 0 tokens", "sign-ins ("):
        assert words in shown
    answer = alices.post(PAGE, form(alices))
    assert (answer.status_code, answer["Location"]) == (302, CONNECTIONS)
    assert "Your two accounts are one now." in page(alices, CONNECTIONS)
    assert {each.user for each in SocialAccount.objects.all()} == {stays}
    assert not User.objects.filter(pk=goes.pk).exists()
    bobs = browser()
    bobs.cookies["session"] = his
    assert bobs.get("/api/session").status_code == 401
    later = browser()
    stage.sign_in(later, "google", "bob")
    assert later.get("/api/session").json()["sub"] == str(stays.pk)


def test_other_sessions_of_the_person_are_told_and_this_one_is_not(
    alices: Client, stage: Stage
) -> None:
    other = browser()
    stage.sign_in(other, "github", "alice")
    prove(stage, alices)
    alices.post(PAGE, form(alices))
    assert "was connected to your account" in page(other, "/account/")
    assert "was connected to your account" not in page(alices, "/account/")
    earlier = timezone.now() - timedelta(minutes=11)
    QuerySet.update(AuditEvent.objects.filter(action="linked"), at=earlier)
    assert "was connected to your account" in page(alices, "/account/")


def test_the_provider_has_to_ask_for_the_login(alices: Client) -> None:
    assert "prompt=login" in alices.post(PAGE, {"prove": "demo"})["Location"]


def test_a_proof_starts_no_session_and_changes_nothing(alices: Client, stage: Stage) -> None:
    before = (alices.get("/api/session").json()["sid"], Session.objects.count())
    prove(stage, alices)
    assert (alices.get("/api/session").json()["sid"], Session.objects.count()) == before
    assert User.objects.count() == 2


def test_a_failure_of_connecting_offers_to_merge(alices: Client, stage: Stage) -> None:
    url = alices.post(CONNECTIONS, {"connect": "google"})["Location"]
    failed = stage.come_back(alices, stage.simulator.choose(url, "bob", "allow") or "")
    assert f'href="{PAGE}">Merge the two' in page(alices, failed)


def test_a_proof_that_fails_leads_back(alices: Client, stage: Stage) -> None:
    url = alices.post(PAGE, {"prove": "google"})["Location"]
    failed = stage.come_back(alices, stage.simulator.choose(url, "bob", "deny") or "")
    assert f'href="{PAGE}">Back' in page(alices, failed)


@pytest.mark.parametrize(
    ("slug", "name", "path", "words"),
    [
        ("demo", "mallory", CONNECTIONS, "there is nothing to merge"),
        ("github", "alice", PAGE, "That account is yours already"),
    ],
)
def test_an_account_of_nobody_else_is_no_proof(
    alices: Client, stage: Stage, slug: str, name: str, path: str, words: str
) -> None:
    assert prove(stage, alices, slug, name) == path
    assert words in page(alices, path)
    assert PROVE in page(alices)
    assert User.objects.count() == 2


# What is no proof any more


def ticked(who: Client) -> Any:
    return who.post(PAGE, {"understood": "yes", "seen": ""})


def assert_nothing_merged(who: Client) -> None:
    assert PROVE in page(who)
    assert PROVE in ticked(who).content.decode()
    assert User.objects.count() == 2


def test_a_proof_is_good_for_five_minutes(
    alices: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    prove(stage, alices)
    monkeypatch.setattr(merge_proof, "RECENT_SIGN_IN", -1)
    assert_nothing_merged(alices)


def test_a_proof_is_good_in_one_session(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    alices.cookies["session"] = session_token(person("github"))
    assert_nothing_merged(alices)


def test_a_proof_of_an_account_that_is_disconnected_is_none(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    SocialAccount.objects.filter(provider="google").delete()
    assert_nothing_merged(alices)


def test_a_proof_can_be_put_aside(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    alices.post(PAGE, {"forget": "yes"})
    assert_nothing_merged(alices)


def test_nobody_else_finishes_a_proof(alices: Client, stage: Stage) -> None:
    back = begin(stage, alices, "google", "bob")
    alices.post("/sign-out/")
    stage.sign_in(alices, "demo", "mallory")
    failed = stage.come_back(alices, back)
    assert failed.startswith("/sign-in/failed/")
    assert PROVE in page(alices)


@pytest.mark.parametrize("method", ["get", "post"])
def test_needs_a_recent_sign_in(client: Client, alice: User, method: str) -> None:
    client.cookies["session"] = session_token(alice, age=301)
    assert getattr(client, method)(PAGE).status_code == 403


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE)["Location"] == f"/sign-in/?next={PAGE}"


# What is refused


def test_the_box_has_to_be_ticked(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    answer = alices.post(PAGE, form(alices) | {"understood": ""})
    assert answer.status_code == 400
    assert "Please tick the box first" in answer.content.decode()
    assert User.objects.count() == 2


def test_only_what_was_shown_is_merged(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    answer = alices.post(PAGE, form(alices) | {"seen": "another"})
    assert answer.status_code == 409
    assert "What would move has changed" in answer.content.decode()
    assert User.objects.count() == 2


def test_an_admin_is_not_merged_into_somebody_who_is_none(alices: Client, stage: Stage) -> None:
    prove(stage, alices)
    User.objects.filter(pk=person("google").pk).update(is_staff=True)
    answer = alices.get(PAGE)
    assert answer.status_code == 409
    assert "Bob Baker is an admin and Alice Archer is not" in answer.content.decode()
    assert "Merge the two" not in answer.content.decode()


def test_an_admin_reads_that_the_accounts_become_ways_in_for_an_admin(
    alices: Client, stage: Stage
) -> None:
    User.objects.filter(pk=person("github").pk).update(is_staff=True)
    prove(stage, alices)
    assert "can then sign in as an admin" in page(alices)


def test_a_person_who_is_suspended_proves_nothing(alices: Client, stage: Stage) -> None:
    back = begin(stage, alices, "google", "bob")
    User.objects.filter(pk=person("google").pk).update(is_active=False)
    stage.come_back(alices, back)
    assert "is suspended" in page(alices)
    assert not AuditEvent.objects.filter(action="merged").exists()
