"""The page that says of a pasted token what it is."""

import logging
import re

import pytest
from django.test import Client
from pytest_django import Settings

from sessions.models import Session
from tests.conftest import HOST
from tests.sessions.outage import database_gone
from tests.sessions.token_checker.tokens_to_check import REFRESH_TOKEN
from tests.sessions.tokens import changed

pytestmark = pytest.mark.django_db
PAGE = "/api/token/"


def check(client: Client, token: str) -> str:
    answer = client.post(PAGE, {"token": token})
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_asks_everybody_for_a_token(client: Client) -> None:
    answer = client.get(PAGE)
    page = answer.content.decode()
    assert "<h1>Check a token</h1>" in page
    assert 'autocomplete="off"' in page
    assert "no-store" in answer["Cache-Control"]
    assert "'none'" in answer["Content-Security-Policy"]


def test_says_that_nobody_can_say_while_the_database_is_gone(
    client: Client, alices_token: str, settings: Settings
) -> None:
    assert "This token is accepted" in check(client, alices_token)
    settings.REVOCATION_STALE_AFTER = -1
    with database_gone():
        assert "This token can't be checked now" in check(client, alices_token)


def test_says_that_a_token_is_accepted(client: Client, alices_token: str) -> None:
    page = check(client, f"Bearer {alices_token}\n")
    assert "This token is accepted" in page
    assert "Alice Archer, alice@example.com" in page
    assert "The contents are not verified" not in page


def test_explains_the_claims_of_a_token(client: Client, alices_token: str) -> None:
    page = check(client, changed(alices_token, {"exp": 1_800_000_000}))
    assert "2027-01-15 08:00:00 UTC" in page
    assert "How often the session has been refreshed." in page


def test_says_why_a_token_is_refused(client: Client, alices_token: str) -> None:
    page = check(client, changed(alices_token, {"iss": "https://op.example"}))
    assert "This token is refused" in page
    assert '<p class="notice">The issuer is another one.' in page
    assert "https://op.example" in page


def test_says_that_nobody_vouches_for_a_token_that_was_changed(
    client: Client, alices_token: str
) -> None:
    head, payload, _ = alices_token.split(".")
    assert "The contents are not verified" in check(client, f"{head}.{payload}.{'A' * 86}")


def test_never_shows_the_token_itself(client: Client, alices_token: str) -> None:
    for token in (alices_token, REFRESH_TOKEN, "gho_secret"):
        page = check(client, token)
        assert token not in page
        assert token.rpartition(".")[2] not in page


def test_what_a_token_says_is_text_and_no_markup(client: Client, alices_token: str) -> None:
    hostile = "</code><script>alert(1)</script>\ud800\u202e"
    claims = {"name": hostile, "iss": hostile, "aud": hostile, hostile: hostile}
    page = check(client, changed(alices_token, claims))
    assert "<script>alert" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("form", [{}, {"token": ""}, {"token": "\0"}, {"other": "x"}], ids=str)
def test_needs_a_token(client: Client, form: dict[str, str]) -> None:
    assert "This token is refused" in client.post(PAGE, form).content.decode()


def test_a_token_in_the_address_is_not_looked_at(client: Client, alices_token: str) -> None:
    page = client.get(PAGE, {"token": alices_token}).content.decode()
    assert "Alice" not in page


def test_needs_the_csrf_token(alices_token: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": HOST})
    assert client.post(PAGE, {"token": alices_token}).status_code == 403
    hidden = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(PAGE).content.decode()
    )
    assert hidden
    form = {"token": alices_token, "csrfmiddlewaretoken": hidden[1]}
    assert "accepted" in client.post(PAGE, form).content.decode()


def test_nothing_of_it_is_logged(
    client: Client, alices_token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for token in (alices_token, alices_token[:-5], REFRESH_TOKEN):
        check(client, token)
        assert token.rpartition(".")[2][:20] not in caplog.text
        assert "Alice" not in caplog.text


def test_does_not_sign_anybody_in_or_out(
    client: Client, alices_session: Session, alices_token: str
) -> None:
    answer = client.post(PAGE, {"token": alices_token})
    assert "session" not in answer.cookies
    assert client.get("/api/session").status_code == 401
    alices_session.refresh_from_db()
    assert alices_session.revoked_at is None


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_knows_no(client: Client, method: str) -> None:
    assert getattr(client, method)(PAGE).status_code == 405
