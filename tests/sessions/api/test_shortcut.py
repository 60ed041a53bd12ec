"""The short way answers what the long way answers, and only to whom it may."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sessions import revocation
from sessions.api.shortcut import SessionShortcut
from sessions.lifetime import revoke
from sessions.models import Session, User
from sessions.session_tokens import issue_session_token
from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from tests.fakes import session_token
from web import cookies

pytestmark = pytest.mark.django_db
HOST = "localhost:8000"


@pytest.fixture(autouse=True)
def _connection_of_the_test(db: None) -> Iterator[None]:
    """Keep the connection open, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@dataclass
class Site:
    """The site behind the shortcut, which counts how often it is asked."""

    django: WSGIHandler = field(default_factory=WSGIHandler)
    asked: int = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        response: Iterable[bytes] = self.django(environ, start_response)
        return response


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def shortcut(site: Site) -> SessionShortcut:
    return SessionShortcut(site)


def ask(
    application: Any, path: str = "/api/session", method: str = "GET", **headers: str
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return status, headers and body of an answer."""
    given = {"host": HOST} | headers
    environ = RequestFactory(headers=given).generic(method, path).environ
    environ["PATH_INFO"] = path.partition("?")[0]
    started: list[Any] = []
    response = application(environ, lambda status, headers: started.extend((status, headers)))
    body = b"".join(response)
    getattr(response, "close", lambda: None)()
    return started[0], started[1], body


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_token_that_is_known_gets_the_same_answer_without_the_site(
    shortcut: SessionShortcut, site: Site, alice: User
) -> None:
    token = session_token(alice)
    long_way = ask(WSGIHandler(), **bearer(token))
    assert ask(shortcut, **bearer(token)) == ask(shortcut, **bearer(token)) == long_way
    assert ask(shortcut, cookie=f"a=b; session={token}; c=d") == long_way
    assert site.asked == 1


def test_a_scripts_token_that_is_known_by_its_header_is_nobodys_in_a_cookie(
    shortcut: SessionShortcut, alice: User
) -> None:
    session_token(alice)
    Session.objects.update(holder=Session.Holder.SCRIPT)
    token = issue_session_token(Session.objects.get(), alice).text
    for _ in range(2):
        assert ask(shortcut, **bearer(token))[0] == "200 OK"
        assert ask(shortcut, cookie=f"session={token}")[0] == "401 Unauthorized"


def test_two_people_get_two_answers(shortcut: SessionShortcut, alice: User, bob: User) -> None:
    for user in (alice, bob, alice, bob):
        _, _, body = ask(shortcut, **bearer(session_token(user)))
        assert str(user.pk).encode() in body


def test_a_session_that_has_ended_is_refused_at_once(
    shortcut: SessionShortcut, alice: User
) -> None:
    token = session_token(alice)
    ask(shortcut, **bearer(token))
    revoke(str(Session.objects.get().pk), Session.End.SIGNED_OUT)
    status, headers, _ = ask(shortcut, **bearer(token))
    assert status == "401 Unauthorized"
    assert dict(headers)["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_token_is_refused_once_it_has_expired(
    shortcut: SessionShortcut, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = session_token(alice)
    ask(shortcut, **bearer(token))
    monkeypatch.setattr("sessions.session_tokens.time.time", lambda: 4_000_000_000)
    assert ask(shortcut, **bearer(token))[0] == "401 Unauthorized"


def test_a_token_is_refused_once_its_key_is_revoked(shortcut: SessionShortcut, alice: User) -> None:
    token = session_token(alice)
    ask(shortcut, **bearer(token))
    SigningKey.objects.update(state=SigningKey.State.REVOKED)
    keyring.forget()
    assert ask(shortcut, **bearer(token))[0] == "401 Unauthorized"


def test_a_token_that_is_refused_is_not_remembered(shortcut: SessionShortcut, site: Site) -> None:
    for asked in (1, 2):
        assert ask(shortcut, **bearer("a.b.c"))[0] == "401 Unauthorized"
        assert site.asked == asked


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/api/session", "HEAD", {}),
        ("/api/session", "DELETE", {}),
        ("/api/session?a=b", "GET", {}),
        ("/api/session/", "GET", {}),
        ("/.well-known/jwks.json", "GET", {}),
        ("/api/session", "GET", {"host": "elsewhere.example"}),
        ("/api/session", "GET", {"authorization": "Basic YTpi"}),
        ("/api/session", "GET", {"authorization": "Bearer  {token}"}),
        ("/api/session", "GET", {"authorization": "", "cookie": "session={token}"}),
        ("/api/session", "GET", {"cookie": "session={token}; session={token}"}),
        ("/api/session", "GET", {"cookie": "\u2003session={token}"}),
    ],
    ids=str,
)
def test_whatever_is_unusual_takes_the_long_way(
    shortcut: SessionShortcut,
    site: Site,
    alice: User,
    path: str,
    method: str,
    headers: dict[str, str],
) -> None:
    token = session_token(alice)
    ask(shortcut, **bearer(token))
    given = {name: value.format(token=token) for name, value in headers.items()}
    given = given if {"authorization", "cookie"} & given.keys() else given | bearer(token)
    ask(shortcut, path, method, **given)
    assert site.asked == 2


def test_an_answer_that_sets_a_cookie_is_not_remembered(alice: User) -> None:
    def site(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Set-Cookie", "session=another")])
        return HttpResponse()

    shortcut = SessionShortcut(site)
    ask(shortcut, **bearer(session_token(alice)))
    assert not shortcut._responses


def test_what_is_remembered_is_bounded(
    shortcut: SessionShortcut, site: Site, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions.api.shortcut.REMEMBERED", 2)
    tokens = [session_token(alice) for _ in range(5)]
    for token in tokens:
        ask(shortcut, **bearer(token))
    assert len(shortcut._responses) <= 2
    assert ask(shortcut, **bearer(tokens[-1]))[0] == "200 OK"
    assert site.asked == 5


@pytest.mark.parametrize(
    "cookie", ["a=b; " * 1000, f"session={'a=;' * 3000}"], ids=["not ours", "long"]
)
def test_cookies_that_are_many_or_not_ours_are_left_to_the_site(
    shortcut: SessionShortcut, monkeypatch: pytest.MonkeyPatch, cookie: str
) -> None:
    """The event loop would take milliseconds for them."""
    parse = Mock(side_effect=cookies.parse)
    monkeypatch.setattr(cookies, "parse", parse)
    assert shortcut.from_memory(environ_of(cookie=cookie)) is None
    parse.assert_not_called()


def test_the_name_of_the_cookie_is_found_once(
    shortcut: SessionShortcut, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie_name = Mock(side_effect=cookies.cookie_name)
    monkeypatch.setattr(cookies, "cookie_name", cookie_name)
    assert shortcut.from_memory(environ_of(cookie=f"{'a=b; ' * 500}session={known}"))
    cookie_name.assert_called_once_with("session")


# From memory


def environ_of(path: str = "/api/session", **headers: str) -> dict[str, Any]:
    return RequestFactory(headers={"host": HOST} | headers).get(path).environ


@pytest.fixture
def known(shortcut: SessionShortcut, alice: User) -> str:
    """A token that has been used twice."""
    token = session_token(alice)
    for _ in range(2):
        ask(shortcut, **bearer(token))
    return token


def test_what_has_been_asked_twice_is_answered_from_memory(
    shortcut: SessionShortcut, known: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        for headers in (bearer(known), {"cookie": f"session={known}"}):
            response = shortcut.from_memory(environ_of(**headers))
            assert response
            assert tuple(response) == ask(shortcut, **bearer(known))


def test_what_has_been_asked_once_is_not_answered_from_memory(
    shortcut: SessionShortcut, alice: User
) -> None:
    token = session_token(alice)
    assert shortcut.from_memory(environ_of(**bearer(token))) is None
    ask(shortcut, **bearer(token))
    assert shortcut.from_memory(environ_of(**bearer(token))) is None


def end(monkeypatch: pytest.MonkeyPatch) -> None:
    revoke(str(Session.objects.get().pk), Session.End.SIGNED_OUT)


def end_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    Session.objects.update(revoked_at=timezone.now())
    revocation.read()


def expire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.api.shortcut.time.time", lambda: 4_000_000_000)


def forget_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.forget()


def revoke_key(monkeypatch: pytest.MonkeyPatch) -> None:
    SigningKey.objects.update(state=SigningKey.State.REVOKED)
    keyring.reload()


def forget_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    revocation._known.clear()


def grow_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.revocation.time.monotonic", lambda: 4_000_000_000)


@pytest.mark.parametrize(
    "happen",
    [end, end_elsewhere, expire, forget_keys, revoke_key, forget_sessions, grow_stale],
    ids=lambda happen: happen.__name__,
)
def test_memory_is_silent_when_it_may_be_wrong(
    shortcut: SessionShortcut,
    known: str,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
    happen: Callable[[pytest.MonkeyPatch], None],
) -> None:
    happen(monkeypatch)
    with django_assert_num_queries(0):
        assert shortcut.from_memory(environ_of(**bearer(known))) is None


def test_memory_knows_no_other_page(shortcut: SessionShortcut, known: str) -> None:
    assert shortcut.from_memory(environ_of("/account/", **bearer(known))) is None
    assert shortcut.from_memory(environ_of("/api/session?a=b", **bearer(known))) is None


def test_memory_knows_a_scripts_token_by_its_header_alone(
    shortcut: SessionShortcut, alice: User
) -> None:
    session_token(alice)
    Session.objects.update(holder=Session.Holder.SCRIPT)
    token = issue_session_token(Session.objects.get(), alice).text
    for _ in range(2):
        ask(shortcut, **bearer(token))
    assert shortcut.from_memory(environ_of(**bearer(token)))
    assert shortcut.from_memory(environ_of(cookie=f"session={token}")) is None
