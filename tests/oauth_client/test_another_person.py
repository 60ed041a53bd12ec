"""A sign-in again that brings back another person replaces nobody in silence."""

import time

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from attempts.models import SignInAttempt
from audit import recording as audit_recording
from audit.models import AuditEvent
from providers.models import Provider
from sessions.models import Session, User
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
LONG_AGO = 3600  # seconds


@pytest.fixture
def bob(stage: Stage) -> User:
    """Bob, who has signed in with the demo provider in a browser of his own."""
    stage.sign_in(Client(headers={"host": HOST}), "demo", "bob")
    return User.objects.get()


@pytest.fixture
def alice(stage: Stage, bob: User) -> User:
    stage.sign_in(Client(headers={"host": HOST}), "demo", "alice")
    return User.objects.exclude(pk=bob.pk).get()


@pytest.fixture
def alices(client: Client, alice: User) -> Client:
    """Alice's browser, in which she signed in long ago."""
    hold(client, session_token(alice, age=LONG_AGO, provider="demo"))
    return client


def person(browser: Client) -> str:
    return str(browser.get("/api/session").json().get("sub", ""))


def page(browser: Client, url: str) -> str:
    return " ".join(browser.get(url).content.decode().split())


def test_another_person_is_asked_about_and_nothing_changes(
    alices: Client, alice: User, stage: Stage
) -> None:
    sessions = list(Session.objects.order_by("pk").values())
    url = stage.sign_in(alices, "demo", "bob")
    shown = page(alices, url)
    assert (
        "You are signed in as <b><bdi>Alice Archer</bdi></b>,"
        " but the account that you chose belongs to <b><bdi>Bob Baker (bob)</bdi></b>." in shown
    )
    assert "Stay signed in as <bdi>Alice Archer</bdi>" in shown
    assert person(alices) == str(alice.pk)
    assert list(Session.objects.order_by("pk").values()) == sessions


def test_what_they_have_proven_is_no_recent_sign_in_of_the_first(
    alices: Client, stage: Stage
) -> None:
    stage.sign_in(alices, "demo", "bob")
    assert alices.post("/account/connections/", {"connect": "google"}).status_code == 403
    assert time.time() - alices.get("/api/session").json()["auth_time"] >= LONG_AGO


def test_who_continues_signs_in_and_ends_the_session_before(
    alices: Client, bob: User, alice: User, stage: Stage
) -> None:
    stage.sign_in(alices, "demo", "bob")
    url = alices.post("/sign-in/demo/", {"instead": "1", "next": "/account/data/"})["Location"]
    assert "prompt=" not in url
    back = stage.simulator.choose(url, "bob", "allow") or ""
    assert stage.come_back(alices, back) == "/account/data/"
    assert person(alices) == str(bob.pk)
    assert Session.objects.filter(user=alice, end="replaced").count() == 1


def test_whoever_has_continued_and_goes_back_goes_on(
    alices: Client, bob: User, stage: Stage
) -> None:
    url = stage.sign_in(alices, "demo", "bob")
    hold(alices, session_token(bob))
    assert alices.get(url, {"next": "/account/data/"})["Location"] == "/account/data/"
    assert alices.get(url, {"next": "https://mallory.example/"})["Location"] == "/account/"


def test_to_continue_makes_nobodys_sign_in_more_recent_than_it_is(
    alices: Client, stage: Stage
) -> None:
    """Else whoever finds an open browser would ask to continue, and never be asked."""
    alices.cookies["last-asked"] = str(int(time.time()) - LONG_AGO)
    stage.simulator.arm("not_asked_again", "demo")
    url = alices.post("/sign-in/demo/", {"instead": "1"})["Location"]
    stage.come_back(alices, stage.simulator.choose(url, "alice", "allow") or "")
    assert time.time() - alices.get("/api/session").json()["auth_time"] >= LONG_AGO


def test_somebody_who_is_new_here_is_not_signed_up_in_silence(
    alices: Client, alice: User, stage: Stage
) -> None:
    url = stage.sign_in(alices, "demo", "mallory")
    assert "the account that you chose belongs to" in page(alices, url)
    assert person(alices) == str(alice.pk)
    assert User.objects.count() == 2
    assert SocialAccount.objects.count() == 2


def test_the_same_person_comes_back_as_before(alices: Client, alice: User, stage: Stage) -> None:
    assert stage.sign_in(alices, "demo", "alice") == "/account/"
    assert person(alices) == str(alice.pk)


def test_who_was_a_stranger_at_the_start_still_replaces_the_session_of_another_tab(
    client: Client, alice: User, bob: User, stage: Stage
) -> None:
    back = stage.go(client, "demo", "bob")
    hold(client, session_token(alice))
    assert stage.come_back(client, back) == "/account/"
    assert person(client) == str(bob.pk)


def test_who_has_been_replaced_meanwhile_may_come_back_as_either(
    alices: Client, alice: User, bob: User, stage: Stage
) -> None:
    for back_as, user in (("alice", alice), ("bob", bob)):
        hold(alices, session_token(alice))
        back = stage.go(alices, "demo", back_as)
        hold(alices, session_token(bob))
        assert stage.come_back(alices, back) == "/account/"
        assert person(alices) == str(user.pk)


def test_who_has_signed_out_meanwhile_replaces_nobody(
    alices: Client, bob: User, stage: Stage
) -> None:
    back = stage.go(alices, "demo", "bob")
    alices.post("/sign-out/")
    assert stage.come_back(alices, back) == "/account/"
    assert person(alices) == str(bob.pk)


def test_nothing_but_the_sealed_cookie_says_who_signs_in_again(
    alices: Client, alice: User, stage: Stage
) -> None:
    url = alices.post("/sign-in/demo/?again=0&instead=1", {"again": "0", "bound_to": ""})
    back = stage.simulator.choose(url["Location"], "bob", "allow") or ""
    assert stage.come_back(alices, back).startswith("/sign-in/failed/")
    assert person(alices) == str(alice.pk)


def test_it_is_recorded_and_in_the_audit_log(alices: Client, bob: User, stage: Stage) -> None:
    stage.sign_in(alices, "demo", "bob")
    audit_recording.write()
    assert SignInAttempt.objects.filter(diagnosis="another_person").count() == 1
    event = AuditEvent.objects.get(action="sign_in_failed")
    assert (event.reason, event.target_id) == ("another_person", str(bob.pk))


# The page


def test_a_stranger_reads_only_what_happened(alices: Client, stage: Stage) -> None:
    url = stage.sign_in(alices, "demo", "bob")
    alices.post("/sign-out/")
    shown = page(alices, url)
    assert "You wanted to sign in again, but used another person" in shown
    assert "Bob" not in shown


def test_without_its_cookie_it_names_nobody(alices: Client, stage: Stage) -> None:
    url = stage.sign_in(alices, "demo", "bob")
    del alices.cookies["failed-signin"]
    assert "Bob" not in page(alices, url)


def test_a_provider_that_was_switched_off_meanwhile_cannot_be_continued_with(
    alices: Client, stage: Stage
) -> None:
    url = stage.sign_in(alices, "demo", "bob")
    assert "Continue as" in page(alices, url)
    Provider.objects.filter(slug="demo").update(enabled=False)
    shown = page(alices, url)
    assert "Continue as" not in shown
    assert "Stay signed in as" in shown


def test_its_button_leads_to_any_provider_and_keeps_next(alices: Client, stage: Stage) -> None:
    url = stage.sign_in(alices, "demo", "bob")
    answer = alices.get(url, {"next": "/account/data/"})
    assert "form-action" not in answer["Content-Security-Policy"]
    assert b'name="next" value="/account/data/"' in answer.content
    hostile = alices.get(url, {"next": "https://mallory.example/"})
    assert b"mallory" not in hostile.content
