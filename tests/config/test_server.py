"""What a server process does without, and what it never loads."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections

from config import server
from tests.pages import ROOT

# Prints which of the clients of other programs are loaded, when the whole site is.
LOADED = """
import sys
from config import serve
import django
django.setup()
import config.server, django.urls
django.urls.get_resolver().url_patterns
print(*sorted({"psycopg", "redis"} & set(sys.modules)))
"""
WITH = {
    "SQLite": ({}, ""),
    "PostgreSQL": ({"DATABASE_URL": "postgres://a:b@localhost/c"}, "psycopg"),
    "Redis": ({"CACHE_URL": "redis://localhost:6379/0"}, "redis"),
}


@pytest.mark.parametrize(("urls", "loaded"), WITH.values(), ids=WITH)
def test_a_process_loads_only_the_clients_that_it_needs(urls: dict[str, str], loaded: str) -> None:
    variables = {"DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "true", **urls}
    command = [sys.executable, "-c", LOADED]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)  # noqa: PLW1510
    assert (done.stdout.strip(), done.stderr) == (loaded, "")


@pytest.fixture
def _settled() -> Iterator[None]:
    gc.unfreeze()
    server._settle()
    yield
    gc.unfreeze()
    gc.freeze()  # as in tests/conftest.py
    request_finished.connect(close_old_connections)


@pytest.mark.usefixtures("_settled")
def test_a_process_looks_neither_at_loaded_objects_nor_twice_at_connections() -> None:
    assert gc.get_freeze_count() > 10_000
    assert not request_finished.disconnect(close_old_connections)
