import threading
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches, close_caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, reset_queries
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.dispatch import Signal
from django.http import HttpResponse
from django.http.response import BadHeaderError
from django.test import override_settings
from django.urls import Resolver404, ResolverMatch, get_resolver
from django.utils import translation
from pytest_django import Settings

from config import lean

QUERIES = {
    "none": ("SELECT 1", None),
    "by place": ("SELECT %s, '%%s', 100 %% 7", None),
    "by name": ("SELECT %(a)s, %(b)s, %(a)s", ["a", "b"]),
}
VALUES = {"text": "a=b; Path=/", "empty": "", "bytes": b"caf\xe9", "number": 7, "accent": "caf\xe9"}
VALUES |= {"other alphabet": "\u03b1", "tab": "a\tb"}


@pytest.mark.parametrize("is_debug", [False, True])
def test_what_django_does_for_nothing_is_left_out(settings: Settings, is_debug: bool) -> None:
    settings.DEBUG = is_debug
    receivers: list[tuple[Signal, Callable[..., None]]] = [
        (request_finished, close_caches),
        (request_finished, reset_urlconf),
        (request_started, reset_queries),
    ]
    for signal, receiver in receivers:
        signal.connect(receiver)
    lean.leave_out()
    assert not request_finished.disconnect(close_caches)
    assert not request_finished.disconnect(reset_urlconf)
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


@pytest.fixture
def _replaced() -> Iterator[None]:
    lean.replace()
    yield
    translation.deactivate()


@pytest.mark.usefixtures("_replaced")
def test_a_thread_keeps_its_connections_when_the_stores_are_replaced(db: None) -> None:
    before = connections["default"], caches["default"]
    lean.replace()
    assert (connections["default"], caches["default"]) == before


@pytest.mark.usefixtures("_replaced")
def test_each_thread_has_its_own_language_and_connection() -> None:
    seen: list[object] = []
    translation.activate("de")
    thread = threading.Thread(
        target=lambda: seen.extend([translation.get_language(), connections["default"]])
    )
    thread.start()
    thread.join()
    assert translation.get_language() == "de"
    assert seen[0] == "en"
    assert seen[1] is not connections["default"]


def test_the_views_of_paths_without_a_secret_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = get_resolver()
    find, looked_for = root.resolve, []

    def counted(path: str) -> ResolverMatch:
        looked_for.append(path)
        return find(path)

    monkeypatch.setattr(lean, "PATHS", 2)
    found = lean._remembering(counted)
    paths = ["/apps/", "/sign-in/demo/", "/connect/a-secret/"]
    for path in paths * 2:
        assert found(path).func is find(path).func
    assert found("/sign-in/demo/").kwargs == {"slug": "demo"}
    assert looked_for == [*paths, "/connect/a-secret/"]
    for path in ("/", "/apps/"):  # there is no more room, so all are forgotten
        found(path)
    assert looked_for[-2:] == ["/", "/apps/"]
    for _ in range(2):
        with pytest.raises(Resolver404):
            found("/nothing/")


@pytest.mark.usefixtures("_replaced")
@pytest.mark.parametrize(("query", "names"), QUERIES.values(), ids=QUERIES)
def test_statements_are_converted_as_django_does(query: str, names: list[str] | None) -> None:
    expected = lean.DJANGOS_QUERY(None, query, param_names=names)
    for _ in range(2):
        found = SQLiteCursorWrapper.convert_query(None, query, param_names=names)  # type: ignore[arg-type]
        assert found == expected


@pytest.mark.usefixtures("_replaced")
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_headers_are_converted_as_django_does(value: str | bytes | int) -> None:
    response = HttpResponse()
    response["X-Value"] = value
    djangos = HttpResponse()
    lean.DJANGOS_SETTING(djangos.headers, "X-Value", value)
    assert response["x-value"] == djangos["x-value"]
    assert dict(response.items()) == dict(djangos.items())
    assert "X-VALUE" in response.headers
    assert "X-Values" not in response.headers


@pytest.mark.usefixtures("_replaced")
@pytest.mark.parametrize("sign", ["\n", "\r"])
def test_a_header_still_has_one_line(sign: str) -> None:
    with pytest.raises(BadHeaderError):
        HttpResponse(headers={"Location": f"/{sign}Set-Cookie: a=b"})
    with pytest.raises(BadHeaderError):
        HttpResponse(headers={f"Location{sign}": "/"})
