"""Whatever allauth's adapters raise ends in a clear failure, and nothing of its text is told."""

import logging
from typing import Any

import pytest
import responses
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.providers.discord.provider import DiscordAccount, DiscordProvider
from allauth.socialaccount.providers.discord.views import DiscordOAuth2Adapter
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpResponse
from django.test import Client

from attempts.models import SignInAttempt
from providers import catalogue
from tests.fakes import failure_code, rows
from tests.providers.clients import profiles

pytestmark = pytest.mark.django_db
DISCORD = catalogue.kind("discord")
TUMBLR = catalogue.kind("tumblr_oauth2")
TOKEN = {"access_token": "canary-of-the-token"}
RAISED: list[Exception] = [
    StopIteration("canary"),
    RuntimeError("canary"),
    Exception("canary"),
    MemoryError("canary"),
    UnicodeDecodeError("utf-8", b"canary", 0, 1, "canary"),
    ImmediateHttpResponse(HttpResponse("canary")),
    Http404("canary"),
    RecursionError("canary"),
    AssertionError("canary"),
    OverflowError("canary"),
    ImproperlyConfigured("canary"),
]
AFTER_THE_CODE = [
    (DiscordOAuth2Adapter, "parse_token"),
    (DiscordOAuth2Adapter, "complete_login"),
    (DiscordProvider, "extract_uid"),
    (DiscordProvider, "extract_extra_data"),
    (DiscordProvider, "extract_common_fields"),
    (DiscordProvider, "extract_email_addresses"),
]
BEFORE_IT = [
    (DiscordOAuth2Adapter, "__init__"),
    (DiscordProvider, "__init__"),
    (DiscordProvider, "get_auth_params"),
]


@pytest.fixture(autouse=True)
def _log_all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def raising(error: Exception) -> Any:
    def call(*_: object, **__: object) -> None:
        raise error

    return call


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
@responses.activate
def test_any_exception_of_an_adapter_is_a_malformed_profile(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    profiles.add(DISCORD)
    profiles.answer(profiles.profile(), TOKEN)
    monkeypatch.setattr(DiscordProvider, "extract_common_fields", raising(error))
    page = client.get(profiles.sign_in(client, DISCORD))
    assert page.status_code == 200
    assert failure_code(caplog.text) == "profile_malformed"
    assert f"cause=discord: {type(error).__name__} at test_foreign_code.py:" in caplog.text
    assert "canary" not in caplog.text + page.content.decode()
    assert SignInAttempt.objects.get().diagnosis == "profile_malformed"
    assert rows() == (0, 0, 0, 0)


@pytest.mark.parametrize(("owner", "name"), AFTER_THE_CODE, ids=str)
@responses.activate
def test_an_adapter_may_fail_wherever_it_reads(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: type,
    name: str,
) -> None:
    profiles.add(DISCORD)
    profiles.answer(profiles.profile(), TOKEN)
    monkeypatch.setattr(owner, name, raising(StopIteration("canary")))
    assert profiles.sign_in(client, DISCORD).startswith("/sign-in/failed/")
    assert failure_code(caplog.text) == "profile_malformed"
    assert "canary" not in caplog.text


@pytest.mark.parametrize(("owner", "name"), BEFORE_IT, ids=str)
def test_an_adapter_may_fail_before_anybody_is_sent_away(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: type,
    name: str,
) -> None:
    profiles.add(DISCORD)
    monkeypatch.setattr(owner, name, raising(StopIteration("canary")))
    failed = client.post("/sign-in/discord/")["Location"]
    assert client.get(failed).status_code == 200
    assert failure_code(caplog.text) == "setting_missing"
    assert "cause=discord: StopIteration" in caplog.text
    assert "canary" not in caplog.text


def test_an_address_that_an_adapter_cannot_tell_is_a_provider_that_is_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    profiles.add(DISCORD)
    monkeypatch.setattr(
        DiscordOAuth2Adapter, "authorize_url", property(raising(KeyError("canary")))
    )
    client.post("/sign-in/discord/")
    assert failure_code(caplog.text) == "setting_missing"


@responses.activate
def test_a_picture_that_an_adapter_cannot_find_is_none(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles.add(DISCORD)
    profiles.answer(profiles.profile(), TOKEN)
    monkeypatch.setattr(DiscordAccount, "get_avatar_url", raising(KeyError("avatar")))
    assert profiles.sign_in(client, DISCORD) == "/account/"
    assert "picture" not in client.get("/api/session").json()


@pytest.mark.parametrize("blogs", [[], [{"uuid": "t:1"}], [{"primary": False, "uuid": "t:1"}]])
@responses.activate
def test_a_tumblr_without_a_primary_blog_is_a_malformed_profile(
    client: Client, caplog: pytest.LogCaptureFixture, blogs: list[dict[str, Any]]
) -> None:
    profiles.add(TUMBLR)
    told = {"response": {"user": {"name": "alice", "blogs": blogs}}}
    profiles.answer(told, TOKEN)
    page = client.get(profiles.sign_in(client, TUMBLR))
    assert page.status_code == 200
    assert failure_code(caplog.text) == "profile_malformed"
    assert "cause=tumblr_oauth2: StopIteration at provider.py:" in caplog.text


HOSTILE: dict[str, Any] = {
    "null": None,
    "text": "hunter2",
    "a list": [],
    "a list of lists": [[[]]],
    "an empty object": {},
    "an object of nulls": dict.fromkeys(("id", "data", "user", "response", "items", "result")),
    "an object of lists": {name: [7] for name in ("id", "data", "user", "response", "items")},
    "an object of numbers": dict.fromkeys(("id", "data", "user", "response", "items"), 1e400),
    "a lone surrogate": {"id": "\ud800", "data": {"id": "\ud800"}},
}


@pytest.mark.parametrize("kind", profiles.BY_ALLAUTH, ids=lambda kind: kind.id)
def test_a_hostile_profile_is_no_500_at(client: Client, kind: catalogue.Kind) -> None:
    profiles.add(kind)
    for told in HOSTILE.values():
        with responses.RequestsMock(assert_all_requests_are_fired=False) as answers:
            profiles.answer(told, TOKEN | profiles.ANSWER, answers=answers)
            assert profiles.sign_in(client, kind).startswith("/sign-in/failed/"), told
    assert rows() == (0, 0, 0, 0)
