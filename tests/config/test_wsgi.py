from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import close_caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.test import RequestFactory, override_settings
from pytest_django import Settings

from config import wsgi
from config.wsgi import application
from web import background

UNREADABLE = [
    "text/plain; a*=x'y'z",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data; charset=hex; boundary=a",
    "text/plain; charset=\x00",
    "text/plain; charset=none-such",
]


@pytest.fixture
def _connection_of_the_test(db: None) -> Iterator[None]:
    """Keep the connection open, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    background.stop()  # before its first turn: the test's database is not for other threads


@pytest.mark.usefixtures("_connection_of_the_test")
@pytest.mark.parametrize("content_type", UNREADABLE)
@pytest.mark.parametrize("path", ["/sign-in/github/", "/account/", "/healthz"])
def test_an_unreadable_content_type_reaches_no_error_of_the_server(
    path: str, content_type: str
) -> None:
    statuses: list[str] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
        statuses.append(status)

    request = RequestFactory(headers={"host": "localhost:8000"}).generic("POST", path, b"--a--")
    application(request.environ | {"CONTENT_TYPE": content_type}, start_response)
    assert statuses[0][:3] in ("200", "403", "405")


@pytest.mark.parametrize("is_debug", [False, True])
def test_what_django_does_for_nothing_is_left_out(settings: Settings, is_debug: bool) -> None:
    settings.DEBUG = is_debug
    receivers = ((request_finished, close_caches), (request_started, reset_queries))
    for signal, receiver in receivers:
        signal.connect(receiver)
    wsgi.leave_out()
    assert not request_finished.disconnect(close_caches)
    assert request_started.disconnect(reset_queries) is is_debug
    assert not request_started.disconnect(close_old_connections)


def test_settings_still_follow_changes() -> None:
    before = django_settings.BASE_URL
    with override_settings(BASE_URL="https://other.example"):
        assert django_settings.BASE_URL == "https://other.example"
    assert before == django_settings.BASE_URL


def test_connections_are_looked_at_after_each_response() -> None:
    assert request_finished.disconnect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.parametrize("backend", [LocMemCache, RedisCache])
def test_no_cache_has_anything_to_close(backend: type[BaseCache]) -> None:
    assert backend.close is BaseCache.close
