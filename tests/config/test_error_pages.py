"""What somebody is told while a part is gone, and that nothing is let through meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from copy import deepcopy
from typing import Any

import pytest
import responses
from django.core.cache import caches
from django.test import Client, RequestFactory
from pytest_django import Settings

from access_rules.models import AccessRule
from attempts.models import SignInAttempt
from config.error_pages import headers_too_large, server_error
from oidc_provider.failure_rows import AppFailure
from sessions import revocation
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.session_tokens import issue_session_token
from sessions.signing_keys import keyring
from tests.conftest import BASE_URL
from tests.fakes import (
    FakeIssuer,
    add_provider,
    begin,
    come_back,
    failure_code,
    hold,
    rows,
    session_token,
)
from tests.oidc_provider.failures import counted
from tests.sessions.outage import cache_gone, database_goes_after, database_gone

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
LEAD = "We can't sign you in right now, because part of this site isn't responding."
Gone = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def browser(client: Client) -> Client:
    client.raise_request_exception = False
    return client


@pytest.fixture
def begun(browser: Client) -> Iterator[dict[str, str]]:
    """A sign-in that is begun, at a provider that vouches for it and asks by a rule."""
    provider = add_provider(who_may_sign_in="matching")
    AccessRule.objects.create(provider=provider, kind="email_domain", value="example.com")
    with responses.mock as answers:
        issuer = FakeIssuer(answers)
        issuer.publish()
        asked = begin(browser, next="/account/data/")
        issuer.vouch(asked["nonce"])
        yield {"code": "the-code", "state": asked["state"]}


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# What is said


def test_who_comes_back_is_told_to_try_again_and_where_to(
    browser: Client, begun: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with cache_gone():
        answer = come_back(browser, **begun)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert LEAD in text(answer)
    assert 'href="/sign-in/?next=%2Faccount%2Fdata%2F">Try again<' in text(answer)
    assert begun["state"] not in text(answer)
    assert begun["state"] not in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "again"),
    [
        ("get", "/sign-in/", "/sign-in/?next=%2Faccount%2F"),
        ("get", "/sign-in/?next=/admin/", "/sign-in/?next=%2Fadmin%2F"),
        ("get", "/sign-in/?next=//mallory.example", "/sign-in/?next=%2Faccount%2F"),
        ("get", "/sign-in/failed/2345-6789/", "/sign-in/?next=%2Faccount%2F"),
        ("post", "/sign-in/demo/", "/sign-in/?next=%2Faccount%2Fdata%2F"),
        ("get", "/account/sessions/?a=1&b=2", "/account/sessions/?a=1&amp;b=2"),
        ("post", "/account/connections/", "/account/connections/"),
        ("post", "/admin/login/?next=/admin/", "/admin/login/?next=/admin/"),
    ],
)
def test_trying_again_leads_on(
    browser: Client, alice: User, method: str, path: str, again: str
) -> None:
    hold(browser, session_token(alice))
    revocation.read()
    with database_gone():
        form = {"next": "/account/data/"}
        answer = browser.post(path, form) if method == "post" else browser.get(path)
    assert answer.status_code == 503
    assert f'href="{again}">Try again<' in text(answer)


@pytest.mark.parametrize("path", ["/api/session/refresh", "/.well-known/jwks.json"])
def test_a_program_gets_a_problem(browser: Client, alice: User, path: str) -> None:
    session = Session.objects.get(pk=issued_for(alice))
    token = issue_refresh_token(session)
    keyring.forget()
    with database_gone():
        ask = browser.post if path.startswith("/api/") else browser.get
        answer = ask(path, {"refresh_token": token}, content_type="application/json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 503


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect"])
def test_an_app_gets_a_problem(browser: Client, path: str) -> None:
    form = "client_id=grafana&client_secret=x&token=x"
    with database_gone():
        answer = browser.post(path, form, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")


def test_a_script_gets_a_problem_at_a_page_too(browser: Client, alice: User) -> None:
    headers = {"authorization": f"Bearer {session_token(alice)}"}
    revocation.read()
    with database_gone():
        answer = browser.get("/account/", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")


def issued_for(user: User) -> str:
    session_token(user)
    return str(Session.objects.get().pk)


@pytest.mark.parametrize(
    ("gone", "path", "line"),
    [
        (cache_gone, "/admin/login/", "the cache does not answer: ConnectionError"),
        (database_gone, "/sign-in/demo/", "the database does not answer: OperationalError"),
    ],
    ids=["cache", "database"],
)
def test_the_log_has_one_sentence_and_neither_traceback_nor_connection_string(
    browser: Client, caplog: pytest.LogCaptureFixture, gone: Gone, path: str, line: str
) -> None:
    with gone():
        answer = browser.post(path, {"username": "root", "password": PASSWORD})
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [record.getMessage() for record in errors] == [line]
    for hidden in ("hunter2", "127.0.0.1", "db.example", "Traceback"):
        assert hidden not in caplog.text
        assert hidden not in text(answer)


def test_a_fault_of_ours_is_still_a_500() -> None:
    try:
        raise KeyError("hunter2")
    except KeyError:
        answer = server_error(RequestFactory().get("/sign-in/"))
    assert answer.status_code == 500
    assert "Something went wrong" in text(answer)
    assert "Retry-After" not in answer


# What is not let through


def test_nothing_is_made_while_the_used_states_are_gone_and_the_state_is_good_once_afterwards(
    browser: Client, begun: dict[str, str]
) -> None:
    kept = deepcopy(browser.cookies)
    with cache_gone():
        answer = come_back(browser, **begun)
    assert "session" not in answer.cookies
    assert rows() == (0, 0, 0, 0)
    assert not SignInAttempt.objects.exists()

    assert come_back(browser, **begun)["Location"] == "/account/data/"
    browser.cookies = kept
    assert "/sign-in/failed/" in come_back(browser, **begun)["Location"]
    assert rows()[-1] == 1


def test_a_state_cannot_be_used_twice_by_taking_redis_away_in_between(
    browser: Client, begun: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    kept = deepcopy(browser.cookies)
    assert come_back(browser, **begun)["Location"] == "/account/data/"
    for _ in range(2):
        browser.cookies = deepcopy(kept)
        with cache_gone():
            assert come_back(browser, **begun).status_code == 503
        assert "/sign-in/failed/" in come_back(browser, **begun)["Location"]
        assert failure_code(caplog.text) == "state_used"
    assert rows()[-1] == 1


def test_a_sign_in_during_which_the_database_goes_hands_out_no_session(
    browser: Client, begun: dict[str, str]
) -> None:
    with database_goes_after('INSERT INTO "signet_sessions_session"'):
        answer = come_back(browser, **begun)
    assert answer.status_code == 503
    assert not {"session", "refresh"} & answer.cookies.keys()


def test_a_session_that_was_refreshed_before_the_database_went_goes_on(
    browser: Client, alice: User
) -> None:
    session = Session.objects.get(pk=issued_for(alice))
    browser.cookies["session"] = issue_session_token(session, alice, now=1).text
    browser.cookies["refresh"] = issue_refresh_token(session)

    with database_goes_after("SELECT session.*"):
        answer = browser.get("/account/sessions/")
    assert answer.status_code == 503
    assert answer.cookies["session"].value


def test_no_password_is_looked_at_while_nobody_can_count_them(browser: Client) -> None:
    User.objects.create_superuser("root", PASSWORD, email="root@example.com", name="Root")
    form = {"username": "root", "password": PASSWORD}
    with cache_gone():
        answer = browser.post("/admin/login/", form)
    assert (answer.status_code, Session.objects.count()) == (503, 0)
    assert browser.post("/admin/login/", form).status_code == 302


def test_a_refresh_token_that_is_not_good_gets_no_answer_while_nobody_can_count_them(
    browser: Client,
) -> None:
    with cache_gone():
        body = {"refresh_token": "broken"}
        answer = browser.post("/api/session/refresh", body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")


@pytest.mark.parametrize(("method", "path"), [("post", "/sign-out/"), ("delete", "/api/session")])
def test_whoever_signs_out_keeps_the_cookies_with_which_to_do_it_again(
    browser: Client, alice: User, method: str, path: str
) -> None:
    hold(browser, session_token(alice))
    revocation.read()
    with database_gone():
        answer = getattr(browser, method)(path, headers={"origin": BASE_URL})
    assert answer.status_code == 503
    assert not {"session", "refresh"} & answer.cookies.keys()


def test_without_the_cache_a_failed_sign_in_is_counted_and_makes_no_row(browser: Client) -> None:
    add_provider()
    with cache_gone(), responses.mock:  # which answers for no provider
        answer = browser.post("/sign-in/demo/")
    assert "/sign-in/failed/" in answer["Location"]
    assert not SignInAttempt.objects.exists()
    caches["attempts"].clear()


def test_without_the_cache_a_refused_app_is_counted_and_makes_no_row(browser: Client) -> None:
    with cache_gone():
        answer = browser.get("/oauth/authorize?client_id=nobody")
    assert answer.status_code == 400
    assert counted() == {("", "client_unknown"): 1}
    assert not AppFailure.objects.exists()


def test_the_page_says_what_to_do_and_asks_for_nothing_more(settings: Settings) -> None:
    settings.BASE_URL, settings.BASE_HOST = "https://id.example.com", "id.example.com"
    status, headers, body = headers_too_large()
    assert status == "431 Request Header Fields Too Large"
    assert ("Content-Length", str(len(body))) in headers
    assert "Delete the cookies of <code>id.example.com</code>" in body.decode()
    assert "static" not in body.decode()
