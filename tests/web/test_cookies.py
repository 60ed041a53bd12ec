from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.session_tokens import issue_session_token
from tests.fakes import session_token
from web import cookies


@pytest.fixture
def _https(settings: Settings) -> None:
    settings.IS_HTTPS, settings.COOKIE_PREFIX = True, "__Host-"


@pytest.mark.parametrize(
    ("header", "pairs"),
    [
        ("", []),
        ("session", []),
        ("session=one", [("session", "one")]),
        ("session=one; session=two", [("session", "one"), ("session", "two")]),
        ("\t session \t=\t one ", [("session", "one")]),
        ('session="one"', [("session", "one")]),
        ("session=a=b", [("session", "a=b")]),
        (";;=x", [("", "x")]),
    ],
    ids=repr,
)
def test_parses_a_cookie_header_as(header: str, pairs: list[tuple[str, str]]) -> None:
    assert cookies.parse(header) == pairs


def test_parses_no_more_pairs_than_a_browser_sends() -> None:
    assert len(cookies.parse("a=;" * 10_000)) == cookies.MOST_PAIRS


@pytest.mark.parametrize(
    "name",
    [
        "\xa0__Host-session",
        "\x85__Host-session",
        "__Host-session\xa0",
        "__host-session",
        "__Host-sessions",
        "x__Host-session",
        "session",
        "\x85session",
        "\x1c__Host-session",
    ],
    ids=repr,
)
@pytest.mark.usefixtures("_https")
def test_a_cookie_whose_name_is_not_ours_byte_for_byte_is_not_ours(name: str) -> None:
    request = RequestFactory().get("/", headers={"cookie": f"{name}=planted"})
    assert cookies.values_of(request, "session") == []


# White space to Python, and to no browser. The last is U+3000 as a server passes its bytes on.
UNICODE_SPACES = ["\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u3000", "\xe3\x80\x80"]
LOOK_ALIKES = ["{space}{name}", "{name}{space}", "{space}{name}{space}"]


@pytest.mark.parametrize("shape", LOOK_ALIKES)
@pytest.mark.parametrize("space", UNICODE_SPACES, ids=ascii)
@pytest.mark.parametrize("name", ["session", "refresh"])
def test_a_look_alike_signs_nobody_in_on_loopback(
    client: Client, alices_session: Session, name: str, space: str, shape: str
) -> None:
    look_alike = shape.format(name=name, space=space)
    header = f"{look_alike}={token_for(name, alices_session)}"
    answer = client.get("/api/session", headers={"cookie": header})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert not answer.cookies
    alices_session.refresh_from_db()
    assert alices_session.generation == 0


@pytest.mark.parametrize("space", UNICODE_SPACES, ids=ascii)
@pytest.mark.parametrize("name", ["session", "refresh"])
@pytest.mark.usefixtures("_https")
def test_a_look_alike_hides_no_cookie_wherever_it_stands(
    client: Client, alices_session: Session, name: str, space: str
) -> None:
    full = f"__Host-{name}"
    theirs = f"{space}{full}=planted; {full}{space}=planted; {full}=planted"
    header = f"{theirs}; {full}={token_for(name, alices_session)}; {theirs}"
    answer = client.get("/api/session", headers={"cookie": header})
    assert answer.json()["sid"] == str(alices_session.pk)


def token_for(name: str, session: Session) -> str:
    """Return what the cookie of that name holds."""
    is_jwt = name == "session"
    return (
        issue_session_token(session, session.user).text if is_jwt else issue_refresh_token(session)
    )


@pytest.mark.usefixtures("_https")
def test_a_look_alike_does_not_replace_the_cookie_that_the_browser_has(
    client: Client, alice: User, alices_token: str
) -> None:
    header = f"\xa0__Host-session=planted; __Host-session={alices_token}; \x85__Host-session=too"
    answer = client.get("/api/session", headers={"cookie": header})
    assert answer.json()["sub"] == str(alice.pk)


def test_of_several_cookies_of_one_name_the_first_that_validates_counts(
    client: Client, alices_session: Session, bob: User
) -> None:
    alices = issue_session_token(alices_session, alices_session.user).text
    bobs = issue_session_token(alices_session, bob).text
    header = f"session=broken; session={alices}; session={bobs}"
    answer = client.get("/api/session", headers={"cookie": header})
    assert answer.json()["sub"] == str(alices_session.user_id)


@pytest.mark.parametrize(
    ("whose", "is_told"), [("bob", True), ("alice again", True), ("same", False)]
)
def test_that_two_session_cookies_are_valid_is_in_the_log(
    client: Client,
    alices_session: Session,
    bob: User,
    caplog: pytest.LogCaptureFixture,
    whose: str,
    *,
    is_told: bool,
) -> None:
    """A browser keeps one: somebody has planted the other, or something copies cookies."""
    token = issue_session_token(alices_session, alices_session.user).text
    others = {"bob": lambda: session_token(bob), "same": lambda: token}
    other = others.get(whose, lambda: session_token(alices_session.user))()
    headers = {"cookie": f"session={token}; session=broken; session={other}"}
    assert client.get("/api/session", headers=headers).json()["sid"] == str(alices_session.pk)
    assert ("several valid session cookies, the first counts" in caplog.text) is is_told
    assert token not in caplog.text
    if is_told:
        assert f"user={alices_session.user_id} sid={alices_session.pk}, user=" in caplog.text


def test_every_value_of_one_name_is_kept_in_order() -> None:
    request = RequestFactory().get("/", headers={"cookie": "session=1; x=2; session=3"})
    assert cookies.values_of(request, "session") == ["1", "3"]


def test_finds_all_cookies_that_begin_with_a_prefix() -> None:
    header = "signin-a=1; signin-b=2; xsignin-c=3; \xa0signin-d=4"
    request = RequestFactory().get("/", headers={"cookie": header})
    assert cookies.cookies_under(request, "signin-") == [("signin-a", "1"), ("signin-b", "2")]


@pytest.mark.usefixtures("_https")
def test_on_https_a_cookie_is_pinned_to_this_host_and_hidden_from_scripts() -> None:
    response = HttpResponse()
    cookies.set_cookie(response, "session", "value", max_age=60)
    expected = (
        "__Host-session=value; HttpOnly; Max-Age=60; Path=/; SameSite=Lax; Secure"  # no Domain
    )
    sent = response.cookies["__Host-session"].OutputString()
    assert sorted(part for part in sent.split("; ") if "expires" not in part) == sorted(
        expected.split("; ")
    )


def test_on_loopback_http_a_cookie_has_no_prefix_and_is_not_secure() -> None:
    response = HttpResponse()
    cookies.set_cookie(response, "session", "value", max_age=60)
    assert not response.cookies["session"]["secure"]
    assert response.cookies["session"]["httponly"]


def test_a_response_that_sets_a_cookie_is_never_stored() -> None:
    response = HttpResponse(headers={"Cache-Control": "public, max-age=60"})
    cookies.set_cookie(response, "session", "value", max_age=60)
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.usefixtures("_https")
def test_a_cookie_is_taken_back_with_the_attributes_it_was_set_with() -> None:
    response = HttpResponse()
    cookies.delete_cookie(response, "session")
    morsel = response.cookies["__Host-session"]
    assert (morsel.value, morsel["max-age"], morsel["path"]) == ("", 0, "/")
    assert morsel["secure"]
    assert morsel["samesite"] == "Lax"


@pytest.mark.parametrize("is_https", [True, False])
@pytest.mark.parametrize("max_age", [0, 600])
def test_sets_a_cookie_as_django_does(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, *, is_https: bool, max_age: int
) -> None:
    settings.IS_HTTPS = is_https
    monkeypatch.setattr("time.time", lambda: 1_790_000_000.9)
    ours, theirs = HttpResponse(), HttpResponse()
    cookies.set_cookie(ours, "session", "a.b", max_age=max_age)
    about: dict[str, Any] = {"secure": is_https, "httponly": True, "samesite": "Lax"}
    theirs.set_cookie(cookies.cookie_name("session"), "a.b", max_age=max_age, **about)
    assert ours.cookies.output() == theirs.cookies.output()
