from contextlib import ExitStack
from typing import Any

import pytest
import requests
import responses
from django.test import Client
from pytest_django import Settings

from outgoing import AddressPolicy, ProviderSession
from outgoing.slots import FLOOR
from sessions.models import User
from tests.fakes import hold, session_token
from tests.sessions.outage import cache_gone

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n and so on"
URL = "https://pictures.example/alice"


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    User.objects.update(picture=URL)
    hold(client, session_token(alice))
    return client


@responses.activate
@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    ],
    ids=["png", "jpeg", "gif", "webp"],
)
def test_shows_a_picture_as_what_it_is(signed_in: Client, start: bytes, kind: str) -> None:
    responses.get(URL, body=start, content_type="text/html")
    answer = signed_in.get("/account/picture/")
    assert (answer["Content-Type"], answer.content) == (kind, start)
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"


@responses.activate
def test_a_picture_is_fetched_once(signed_in: Client) -> None:
    responses.get(URL, body=PNG)
    for _ in range(3):
        signed_in.get("/account/picture/")
    assert len(responses.calls) == 1
    assert "Authorization" not in responses.calls[0].request.headers
    assert "Cookie" not in responses.calls[0].request.headers


@responses.activate
@pytest.mark.parametrize(
    "answer",
    [
        {"body": b"<svg onload=alert(1)>"},
        {"body": b"<html>"},
        {"body": b""},
        {"body": PNG + b"\0" * 600_000},
        {"status": 404, "body": PNG},
        {"status": 302, "headers": {"Location": "http://169.254.169.254/"}},
        {"body": requests.ConnectionError()},
    ],
    ids=["svg", "html", "empty", "large", "404", "redirect", "no connection"],
)
def test_shows_the_initials_instead_of(signed_in: Client, answer: dict[str, Any]) -> None:
    responses.get(URL, **answer)
    shown = signed_in.get("/account/picture/")
    assert shown["Content-Type"] == "image/svg+xml"
    assert b">AA</text>" in shown.content


def test_initials_cannot_carry_markup(client: Client, alice: User) -> None:
    User.objects.update(name="<b onload")
    hold(client, session_token(alice))
    assert b"&lt;O" in client.get("/account/picture/").content


def test_a_picture_is_for_whoever_is_signed_in(client: Client) -> None:
    assert client.get("/account/picture/")["Location"].startswith("/sign-in/")


@responses.activate
def test_a_failure_is_remembered_for_a_minute_only(signed_in: Client) -> None:
    responses.get(URL, body=requests.ConnectionError())
    assert signed_in.get("/account/picture/")["Cache-Control"] == "private, max-age=60"


@responses.activate
def test_a_busy_moment_is_not_remembered(
    signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    responses.get(URL, body=PNG)
    policy = AddressPolicy(allow_private=False, allow_loopback=True)
    busy = ProviderSession(policy)
    monkeypatch.setattr("oauth_client.picture.session_for", lambda key, policy: busy)
    monkeypatch.setattr("oauth_client.picture.SECONDS", 0.05)
    with ExitStack() as others:
        for _ in range(FLOOR):
            others.enter_context(busy._slots.one("pictures.example"))
        assert signed_in.get("/account/picture/")["Content-Type"] == "image/svg+xml"
    monkeypatch.undo()
    assert signed_in.get("/account/picture/")["Content-Type"] == "image/png"


def test_a_shared_browser_does_not_show_one_persons_picture_to_the_next(
    signed_in: Client,
) -> None:
    User.objects.update(picture="")
    assert "Cookie" in signed_in.get("/account/picture/")["Vary"]


@responses.activate
def test_without_the_cache_it_is_the_initials_and_nobody_is_asked(signed_in: Client) -> None:
    with cache_gone():
        answer = signed_in.get("/account/picture/")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Cache-Control"] == "private, max-age=60"
    assert len(responses.calls) == 0


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166", "localhost", "[::1]"])
@responses.activate
def test_a_proxy_is_not_asked_for_a_picture_that_is_no_provider_s(
    signed_in: Client, alice: User, settings: Settings, host: str
) -> None:
    settings.OUTGOING_PROXY = "http://proxy.example:3128"
    settings.IS_LOOPBACK = False
    alice.picture = f"https://{host}/latest/meta-data/"
    alice.save()
    assert b"<svg" in signed_in.get("/account/picture/").content
    assert not responses.calls
