import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from config.health import from_memory
from sessions.signing_keys import keyring

HERE = {"host": "10.0.0.7:8000"}  # checks come by address


@contextmanager
def no_file_may_grow() -> Iterator[None]:
    """Let writing to a file fail as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def only_reading() -> Iterator[None]:
    """Let the database refuse to write, as the copy of another one does."""
    is_sqlite = connection.vendor == "sqlite"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON" if is_sqlite else "SET TRANSACTION READ ONLY")
        yield
        transaction.set_rollback(True)
    if is_sqlite:
        connection.cursor().execute("PRAGMA query_only = OFF")


@pytest.mark.parametrize("host", ["10.0.0.7", "mallory.example", "", "a b"], ids=repr)
def test_is_alive_without_a_database_at_any_host(host: str) -> None:
    answer = Client().get("/healthz", headers={"host": host})
    assert (answer.status_code, answer.content) == (200, b"alive\n")
    assert answer["Content-Type"] == "text/plain"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_is_ready_with_database_cache_and_a_key(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    keyring.ensure_signing_key()
    for queries in (2, 1):  # one of them once in five seconds
        with django_assert_num_queries(queries):
            answer = Client().get("/readyz", headers=HERE)
        assert (answer.status_code, answer.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_is_not_ready_before_a_key_signs() -> None:
    answer = Client().get("/readyz", headers=HERE)
    assert (answer.status_code, answer.content) == (503, b"not ready\n")


@pytest.mark.django_db
def test_is_not_ready_without_the_database(caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE signet_sessions_signingkey RENAME TO gone")
    answer = Client().get("/readyz", headers=HERE)
    assert (answer.status_code, answer.content) == (503, b"not ready\n")
    assert caplog.messages[0].startswith("not ready: The database of DATABASE_URL has no such tab")


@pytest.mark.django_db
def test_is_not_ready_without_the_cache_and_shows_no_connection_string(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    keyring.ensure_signing_key()
    redis = "django.core.cache.backends.redis.RedisCache"
    url = "redis://:hunter2@127.0.0.1:1/0"  # nothing listens there
    settings.CACHES = {"default": {"BACKEND": redis, "LOCATION": url}}
    answer = Client().get("/readyz", headers=HERE)
    assert (answer.status_code, answer.content) == (503, b"not ready\n")
    assert (
        caplog.messages[0] == "not ready: The Redis of CACHE_URL does not answer (ConnectionError)."
    )
    assert "hunter2" not in caplog.text


@pytest.mark.django_db
def test_is_not_ready_on_a_full_disk(caplog: pytest.LogCaptureFixture) -> None:
    keyring.ensure_signing_key()
    with no_file_may_grow():
        answer = Client().get("/readyz", headers=HERE)
    assert (answer.status_code, answer.content) == (503, b"not ready\n")
    folder = tempfile.gettempdir()
    assert caplog.messages[0] == f"not ready: {folder} cannot be written to (File too large)"


@pytest.mark.django_db
def test_is_not_ready_with_a_database_that_only_reads(caplog: pytest.LogCaptureFixture) -> None:
    keyring.ensure_signing_key()
    with only_reading():
        answer = Client().get("/readyz", headers=HERE)
    assert (answer.status_code, answer.content) == (503, b"not ready\n")
    assert caplog.messages[0].startswith("not ready: The database of DATABASE_URL ")
    assert Client().get("/readyz", headers=HERE).status_code == 200


@pytest.mark.django_db
def test_is_not_ready_with_a_cache_that_keeps_nothing(settings: Settings) -> None:
    keyring.ensure_signing_key()
    dummy = "django.core.cache.backends.dummy.DummyCache"
    settings.CACHES = {"default": {"BACKEND": dummy}}
    assert Client().get("/readyz", headers=HERE).status_code == 503


def test_the_server_knows_by_itself_that_it_is_alive() -> None:
    """Also while all threads of the process are busy."""
    request = RequestFactory().get("/healthz")
    status, headers, body = from_memory(request.environ) or ("", [], b"")
    answer = Client().get("/healthz")
    assert (status, body) == ("200 OK", answer.content)
    assert dict(headers) == dict(answer.items())


@pytest.mark.parametrize(("method", "path"), [("POST", "/healthz"), ("GET", "/readyz")])
def test_the_server_knows_nothing_else_by_itself(method: str, path: str) -> None:
    assert from_memory(RequestFactory().generic(method, path).environ) is None


@pytest.mark.parametrize("path", ["/healthz/", "/healthz/x", "/readyz/"])
def test_only_the_exact_address_is_answered_before_the_host_check(path: str) -> None:
    answer = Client().get(path, headers=HERE)
    assert answer["Location"] == f"http://localhost:8000{path}"


def test_asking_leaves_nothing_behind_in_the_cache_for_long() -> None:
    cache.set("readyz", True, 0)
    assert cache.get("readyz") is None
