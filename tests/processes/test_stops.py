"""A process that is asked to stop writes down first what it has only noted."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.models import AuditEvent
from sessions.models import Session, User
from tests.processes import site
from tests.processes.conftest import SITES, new_refresh_token
from tests.processes.site import Site, until


@pytest.fixture
def stopping(database_url: str, person: User, tmp_path: Path) -> Iterator[Site]:
    with site.start("site-3", database_url, tmp_path / "site-3") as running:
        yield running


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_writes_what_waits(stopping: Site, person: User, name: str) -> None:
    token = stopping.access_token(new_refresh_token(person))
    assert stopping.sign_out(token).status_code == 204
    os.kill(stopping.pid, signal.Signals[name])
    until(lambda: not stopping.worker())
    session = Session.objects.using(SITES).get(user=person)
    assert AuditEvent.objects.using(SITES).get(target_id=str(session.pk)).action == "signed_out"
