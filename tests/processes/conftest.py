"""Two production servers on one PostgreSQL database, which ends with them."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import dj_database_url
import psycopg
import pytest
from django.db import connections
from django.utils import timezone
from psycopg.sql import SQL, Identifier
from pytest_django import DjangoDbBlocker

from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from tests.processes import site
from tests.processes.site import Site

SITES = "sites"  # Django's name for their database, while a test of this folder runs


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """Make a database, and drop it when all is done."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("needs DATABASE_URL of a PostgreSQL: two servers on one database")
    given = urlsplit(os.environ["DATABASE_URL"])
    name = f"signet_processes_{os.getpid()}"
    with closing(psycopg.connect(given.geturl(), autocommit=True)) as server:
        server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield given._replace(path=f"/{name}").geturl()
        server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(scope="session")
def sites(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    """Start two sites; the first one migrates. Their connections can be told apart by name."""
    logs = tmp_path_factory.mktemp("sites")
    separator = "&" if urlsplit(database_url).query else "?"
    with ExitStack() as running:
        yield [
            running.enter_context(
                site.start(name, f"{database_url}{separator}application_name={name}", logs / name)
            )
            for name in ("site-1", "site-2")
        ]
    for log in logs.iterdir():
        assert "Traceback" not in log.read_text()


@pytest.fixture
def _database(database_url: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with sites_database(database_url, django_db_blocker):
        yield


@contextmanager
def sites_database(database_url: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let the test use the database of a site, and nothing else know of it."""
    given = dict(dj_database_url.parse(database_url))
    if database_url.startswith("sqlite:"):  # writers queue, as those of the site do
        given["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}  # seconds
    configured = connections.configure_settings(connections.databases | {SITES: given})
    connections.databases[SITES] = configured[SITES]
    with django_db_blocker.unblock():
        yield
        connections[SITES].close()
    del connections[SITES], connections.databases[SITES]


@pytest.fixture
def person(sites: list[Site], _database: None) -> User:
    """Somebody who is known to the sites."""
    return User.objects.using(SITES).create(name="Alice Archer", email="alice@example.com")


def new_session(person: User) -> Session:
    """Sign somebody in."""
    now = timezone.now()
    return Session.objects.using(SITES).create(
        user=person, auth_time=now, refreshed_at=now, expires_at=now + timedelta(days=1)
    )


def new_refresh_token(person: User) -> str:
    return issue_refresh_token(new_session(person))


def row_of(session: Session) -> Session:
    return Session.objects.using(SITES).get(pk=session.pk)


def waiting_for_a_lock(site: Site) -> int:
    """Return how many connections of a site wait for what another holds."""
    with connections[SITES].cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # or a transaction sees the same again
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = %s AND wait_event_type = 'Lock'",
            [site.name],
        )
        count: int = cursor.fetchone()[0]
        return count
