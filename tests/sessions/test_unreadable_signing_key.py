"""ENCRYPTION_KEYS do not open the signing key: nobody is signed in by half, and is told why."""

import logging
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qsl

import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client, override_settings
from pytest_django import Settings

from attempts import recording
from attempts.models import SignInAttempt
from audit.models import AuditEvent
from audit.recording import write
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from tests.conftest import BASE_URL
from tests.fakes import (
    FakeIssuer,
    add_provider,
    begin,
    come_back,
    failure_code,
    hold,
    session_token,
)
from tests.meanwhile import SlowIssuer

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
CONNECTIONS = "/account/connections/"


def lose_the_key() -> None:
    """Put a key into the table that was sealed elsewhere."""
    keyring.forget()
    SigningKey.objects.all().delete()
    with override_settings(ENCRYPTION_KEYS=[b"another key, thirty-two bytes..."]):
        keyring.ensure_signing_key()
    keyring.forget()


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture
def issuer() -> FakeIssuer:
    add_provider()
    issuer = FakeIssuer(responses.mock)
    issuer.publish()
    return issuer


def sign_in(browser: Client, issuer: FakeIssuer) -> str:
    asked = begin(browser)
    issuer.vouch(asked["nonce"])
    return come_back(browser, code="the-code", state=asked["state"])["Location"]


def recorded() -> set[str]:
    """Return what the audit log says."""
    write()
    return set(AuditEvent.objects.values_list("action", flat=True))


@responses.activate
@pytest.mark.parametrize("is_known", [True, False], ids=["known", "new"])
def test_a_sign_in_fails_with_a_reference_and_a_cause(
    client: Client, issuer: FakeIssuer, caplog: pytest.LogCaptureFixture, *, is_known: bool
) -> None:
    if is_known:
        sign_in(Client(headers={"host": "localhost:8000"}), issuer)
        recording.ROWS.waiting.clear()
    people, before = User.objects.count(), set(Session.objects.values_list("pk"))
    recorded()
    AuditEvent.objects.all()._raw_delete(AuditEvent.objects.db)
    caplog.clear()
    lose_the_key()

    location = sign_in(client, issuer)

    assert location.startswith("/sign-in/failed/")
    assert failure_code(caplog.text) == "signing_key_unreadable"
    assert "signed in" not in caplog.text
    assert not client.cookies.get("session")
    assert set(Session.objects.values_list("pk")) == before
    assert User.objects.count() == people
    attempt = SignInAttempt.objects.get()
    assert (attempt.diagnosis, attempt.step) == ("signing_key_unreadable", 8)
    assert not recorded() & {"signed_in", "linked"}
    page = client.get(location).content.decode()
    assert attempt.reference in page


@responses.activate
def test_a_session_that_was_to_be_replaced_lives_on(client: Client, issuer: FakeIssuer) -> None:
    sign_in(client, issuer)
    lose_the_key()
    sign_in(client, issuer)
    assert Session.objects.get().revoked_at is None


@responses.activate
def test_nothing_is_connected(
    client: Client, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    add_provider()
    issuer = SlowIssuer(responses.mock)
    hold(client, before := session_token(alice))
    asked = dict(parse_qsl(client.post(CONNECTIONS, {"connect": "demo"})["Location"]))

    answer = issuer.come_back(client, asked, lose_the_key)

    assert answer["Location"].startswith("/sign-in/failed/")
    assert failure_code(caplog.text) == "signing_key_unreadable"
    assert not SocialAccount.objects.exists()
    assert Session.objects.get().revoked_at is None
    assert client.cookies["session"].value == before
    assert not {"signed_in", "linked"} & recorded()


def test_the_password_form_says_so_on_a_page(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    User.objects.create_superuser("root", PASSWORD)
    lose_the_key()
    answer = client.post("/admin/login/", {"username": "root", "password": PASSWORD})
    assert answer.status_code == 503
    assert "ENCRYPTION_KEYS" in answer.content.decode()
    assert not Session.objects.exists()
    assert not {"admin_signed_in", "admin_sign_in_failed"} & recorded()
    assert "signed in" not in caplog.text


# Whoever is signed in already


def test_somebody_signed_in_is_a_stranger_and_keeps_the_cookies(
    alices_browser: Client, alices_session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    alices_browser.cookies["refresh"] = issue_refresh_token(alices_session)
    lose_the_key()
    answer = alices_browser.get("/account/")
    assert answer["Location"] == "/sign-in/?next=/account/"
    assert not answer.cookies.keys() & {"session", "refresh"}
    assert "the signing key cannot be opened with ENCRYPTION_KEYS" in caplog.text
    alices_session.refresh_from_db()
    assert alices_session.generation == 0


@pytest.mark.parametrize("body", [True, False], ids=["in the body", "in a cookie"])
def test_a_refresh_is_put_off_and_moves_nothing_on(
    client: Client, alices_session: Session, *, body: bool
) -> None:
    token = issue_refresh_token(alices_session)
    if not body:
        client.cookies["refresh"] = token
    lose_the_key()
    answer = client.post(
        "/api/session/refresh",
        {"refresh_token": token} if body else "",
        content_type="application/json",
        headers={"origin": BASE_URL},
    )
    assert (answer.status_code, answer.json()["status"]) == (503, 503)
    alices_session.refresh_from_db()
    assert alices_session.generation == 0


def test_no_token_is_made_for_a_script(
    client: Client, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    def lose(run: Callable[..., object], sql: str, *rest: object) -> object:
        if "signet_sessions_session" in sql and not lost:
            lost.append(sql)
            lose_the_key()
        return run(sql, *rest)

    hold(client, session_token(alice))
    lost: list[str] = []
    with connection.execute_wrapper(lose):
        page = client.post("/account/tokens/", {"name": "a laptop"}).content.decode()
    assert "This site can't create tokens at the moment." in unescape(page)
    assert Session.objects.count() == 1
    assert "the signing key cannot be opened" in caplog.text
