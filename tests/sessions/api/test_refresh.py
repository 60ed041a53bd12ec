"""`POST /api/session/refresh`, and browsers whose JWT has expired."""

import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.session_tokens import issue_session_token, validate_session_token
from tests.conftest import BASE_URL, HOST
from tests.fakes import session_token

pytestmark = pytest.mark.django_db
URL = "/api/session/refresh"
OURS = {"origin": BASE_URL, "sec-fetch-site": "same-origin"}


@pytest.fixture
def token(alices_session: Session) -> str:
    return issue_refresh_token(alices_session)


@pytest.fixture
def sleepy(client: Client, alices_session: Session, token: str) -> Client:
    """Alice's browser after a long pause: its JWT has expired."""
    client.cookies["session"] = issue_session_token(alices_session, alices_session.user, now=1).text
    client.cookies["refresh"] = token
    return client


def post(client: Client, body: Any = None, **headers: str) -> Any:
    if body is None:
        return client.generic("POST", URL, headers=headers)
    return client.post(URL, body, content_type="application/json", headers=headers)


# A client


def test_a_client_gets_its_next_two_tokens(client: Client, token: str) -> None:
    answer = post(client, {"refresh_token": token})
    members = answer.json()
    assert members.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (members["token_type"], members["expires_in"]) == ("Bearer", 600)
    assert validate_session_token(members["access_token"]).claims["gen"] == 1
    assert post(client, {"refresh_token": members["refresh_token"]}).status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("{}", "invalid_request"),
        ("[]", "invalid_request"),
        ("not JSON", "invalid_request"),
        ('{"refresh_token": 5}', "invalid_request"),
        ('{"refresh_token": ""}', "invalid_request"),
        ('{"refresh_token": "a", "refresh_token": "b"}', "invalid_request"),
        ('{"refresh_token": "a.b.c"}', "invalid_grant"),
        ('{"refresh_token": "\\u0000"}', "invalid_grant"),
    ],
)
def test_a_client_that_sends_something_else_is_told_by_an_oauth_error(
    client: Client, body: str, error: str
) -> None:
    answer = client.post(URL, body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_post_refreshes(client: Client, method: str) -> None:
    assert getattr(client, method)(URL).status_code == 405


def test_too_many_bad_tokens_from_one_address_are_told_to_pause_and_a_good_one_is_taken(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_one_window = time.time() // 60 * 60 + 1
    monkeypatch.setattr("time.time", lambda: in_one_window)
    refused = [post(client, {"refresh_token": "a.b.c"}).status_code for _ in range(31)]
    assert refused == [400] * 30 + [429]
    by_cookie = post(client, **OURS)
    assert (by_cookie.status_code, by_cookie["Retry-After"]) == (429, "59")
    assert by_cookie["Content-Type"] == "application/problem+json"
    assert post(client, {"refresh_token": token}).status_code == 200


# A browser, by its cookie


def test_a_browser_gets_new_cookies_and_no_token_in_the_body(sleepy: Client) -> None:
    answer = post(sleepy, **OURS)
    assert answer.json() == {"token_type": "Bearer", "expires_in": 600}
    assert validate_session_token(answer.cookies["session"].value).claims["gen"] == 1
    assert answer.cookies["refresh"]["httponly"]
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://mallory.example"},
        {"origin": "null"},
        OURS | {"sec-fetch-site": "cross-site"},
        OURS | {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
def test_a_cookie_refreshes_only_from_a_page_of_this_site(
    sleepy: Client, headers: dict[str, str]
) -> None:
    answer = post(sleepy, **headers)
    assert (answer.status_code, bool(answer.cookies)) == (403, False)
    assert Session.objects.get().generation == 0


def test_a_browser_without_a_good_cookie_is_refused_and_keeps_what_it_has(client: Client) -> None:
    client.cookies["refresh"] = "planted"
    answer = post(client, **OURS)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert not answer.cookies


# A browser, in passing


def test_a_page_after_a_long_pause_is_shown_at_once(sleepy: Client) -> None:
    answer = sleepy.get("/account/")
    assert answer.status_code == 200
    assert validate_session_token(answer.cookies["session"].value).claims["gen"] == 1
    assert answer["Cache-Control"] == "private, no-store"


def test_a_form_after_a_long_pause_is_not_lost(sleepy: Client) -> None:
    assert sleepy.post("/sign-out/").status_code == 302
    assert Session.objects.get().end == Session.End.SIGNED_OUT


def test_whoever_signs_in_after_a_long_pause_gets_the_jwt_of_the_new_session(
    sleepy: Client, alices_session: Session
) -> None:
    User.objects.create_superuser("root", "correct horse battery staple")
    User.objects.filter(pk=alices_session.user_id).update(is_staff=True)
    form = {"username": "root", "password": "correct horse battery staple"}
    answer = sleepy.post("/admin/login/", form)
    token = validate_session_token(answer.cookies["session"].value)
    assert token.sid == str(Session.objects.get(user__username="root").pk)


def test_signing_out_takes_both_cookies_back(sleepy: Client) -> None:
    answer = sleepy.post("/sign-out/")
    assert {name: answer.cookies[name]["max-age"] for name in ("session", "refresh")} == {
        "session": 0,
        "refresh": 0,
    }


def test_parallel_requests_of_one_page_all_succeed(alices_session: Session, token: str) -> None:
    for _ in range(5):
        tab = Client(headers={"host": HOST})
        tab.cookies["refresh"] = token
        answer = tab.get("/api/session")
        assert answer.json()["gen"] == 1
        assert answer.cookies["refresh"].value == issue_refresh_token(
            Session(pk=alices_session.pk, generation=1)
        )


def test_a_refresh_that_fails_takes_no_cookie_back(sleepy: Client) -> None:
    Session.objects.all().delete()
    answer = sleepy.get("/account/")
    assert answer["Location"] == "/sign-in/?next=/account/"
    assert not {"session", "refresh"} & answer.cookies.keys()


def test_the_cookie_of_a_session_that_has_ended_costs_no_query_again(
    sleepy: Client, django_assert_num_queries: Any
) -> None:
    Session.objects.update(revoked_at=timezone.now())
    sleepy.get("/api/session")
    with django_assert_num_queries(0):
        assert sleepy.get("/api/session").status_code == 401


def test_a_planted_cookie_does_not_keep_the_good_one_from_refreshing(
    client: Client, token: str
) -> None:
    cookie = f"refresh=planted; \u2003refresh=planted; refresh={token}"
    assert client.get("/api/session", headers={"cookie": cookie}).json()["gen"] == 1


@pytest.mark.parametrize(("whose", "is_told"), [("bob", True), ("same", False)])
def test_that_two_refresh_cookies_are_valid_is_in_the_log(
    client: Client,
    token: str,
    bob: User,
    caplog: pytest.LogCaptureFixture,
    whose: str,
    *,
    is_told: bool,
) -> None:
    session_token(bob)
    bobs = issue_refresh_token(Session.objects.get(user=bob))
    cookie = f"refresh={token}; refresh=planted; refresh={bobs if whose == 'bob' else token}"
    assert client.get("/api/session", headers={"cookie": cookie}).json()["sub"] != str(bob.pk)
    assert ("several valid refresh cookies, the first counts" in caplog.text) is is_told
    assert token not in caplog.text


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/.well-known/jwks.json", {}),
        ("/healthz", {}),
        ("/api/session", {"authorization": "Bearer broken"}),
    ],
)
def test_is_not_refreshed(sleepy: Client, path: str, headers: dict[str, str]) -> None:
    answer = sleepy.get(path, headers=headers)
    assert not answer.cookies
    assert Session.objects.get().generation == 0


def test_a_good_token_is_not_refreshed(
    client: Client, alices_token: str, token: str, django_assert_num_queries: Any
) -> None:
    client.cookies["session"], client.cookies["refresh"] = alices_token, token
    with django_assert_num_queries(0):
        assert not client.get("/api/session").cookies


def test_somebody_suspended_is_not_refreshed(sleepy: Client) -> None:
    User.objects.update(is_active=False)
    assert sleepy.get("/account/").status_code == 302
