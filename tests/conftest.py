"""What all tests share: the cast, a visitor's browser, and processes that begin knowing nothing."""

import gc
import logging
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client

from attempts import counting, daily, recording
from audit import recording as audit_recording
from config import folders, middleware
from config.log import StderrHandler
from oidc_provider import failures
from providers import discovery
from providers.models import Provider
from sessions import confirmations, refresh_tokens, revocation
from sessions.models import User
from sessions.signing_keys import keyring
from simulator.process import SimulatorProcess
from tests.rehearsal import Stage
from web import redirects, whose_site

pytest_plugins = ["simulator.pytest_plugin", "tests.signed_in"]
BASE_URL = "http://localhost:8000"
HOST = "localhost:8000"


def pytest_configure() -> None:
    """Leave out what is slow in this process. Servers that a test starts do it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_finish() -> None:
    """Let Python look for garbage no more among what was imported, and pytest see the log.

    Some test imports `config.wsgi`, which lets no request wait for its log.
    """
    gc.freeze()
    for handler in logging.getLogger().handlers:
        if isinstance(handler, StderrHandler):
            handler.setStream(sys.stderr)


@pytest.fixture(autouse=True)
def _new_process() -> Iterator[None]:
    """Forget what a process keeps between requests."""
    yield
    keyring.forget()
    whose_site.keep(whose_site.DEFAULT, whose_site.begin_reading())
    audit_recording._waiting.clear()
    discovery.forget()
    counting.COUNTS.counted.clear()
    redirects.set_home(redirects.HOME)
    counting.slow_at.clear()
    daily._looked[0] = float("-inf")
    recording._unread.clear()
    recording.ROWS.waiting.clear()
    failures.ROWS.waiting.clear()
    failures.COUNTS.counted.clear()
    middleware._noted.clear()
    folders._last[0] = (float("-inf"), "")
    memories = (revocation._known, revocation._revoked_here, confirmations._seen)
    for memory in (*memories, refresh_tokens._ended):
        memory.clear()
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(scope="session")
def simulator_redirect_origins() -> tuple[str, ...]:
    return (BASE_URL, "https://signet.example")


@pytest.fixture
def stage(simulated_providers: SimulatorProcess, db: None) -> Stage:
    """Return the simulator with its three providers registered here, and nothing armed."""
    stage = Stage(simulated_providers)
    stage.register()
    return stage


@pytest.fixture
def client() -> Client:
    """A visitor's browser, at the address that the site believes to have."""
    return Client(headers={"host": HOST})


@pytest.fixture
def alice(db: None) -> User:
    """Alice, who is known here."""
    return User.objects.create(name="Alice Archer", email="alice@example.com")


@pytest.fixture
def bob(db: None) -> User:
    """Bob, another user."""
    return User.objects.create(name="Bob Baker", email="bob@example.com")


@pytest.fixture
def providers(db: None) -> None:
    """Providers that may vouch for every address, for people who come through no real one."""
    Provider.objects.bulk_create(
        Provider(slug=slug, kind="github", name=slug.title(), client_id="c")
        for slug in ("github", "google", "gitlab", "demo")
    )


@pytest.fixture
def parallel_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """Let writers of several threads queue: on SQLite, a file does that and memory does not."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    memory, name = connection.connection, connection.settings_dict["NAME"]
    file = str(tmp_path / "db.sqlite3")
    with closing(sqlite3.connect(file)) as target:
        memory.backup(target)
        target.execute("PRAGMA journal_mode=WAL")  # as migrating a site leaves it
    connection.connection, connection.settings_dict["NAME"] = None, file
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = memory, name
