"""A process that is asked to stop answers who waits, and writes down what it has only noted."""

import os
import select
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from audit.models import AuditEvent
from sessions.models import Session, User
from tests.processes import crowd, site
from tests.processes.conftest import SITES, new_refresh_token
from tests.processes.crowd import IN, LoadProvider
from tests.processes.site import Site, until
from tests.processes.wire import Wire


@pytest.fixture(scope="module")
def provider() -> Iterator[LoadProvider]:
    with crowd.load_provider() as provider:
        yield provider


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


def test_who_waits_for_a_provider_is_answered(
    stopping: Site, person: User, provider: LoadProvider
) -> None:
    crowd.add_provider("slow", f"{provider.origin}/op")
    assert crowd.sign_in(stopping, "slow", "bob") == IN
    provider.take(4)
    provider.number_of_requests()
    with Wire(stopping) as idle, Wire(stopping) as stalled, ThreadPoolExecutor(1) as threads:
        stalled.write(b"GET / HTTP/1.1\r\nHost: loc")
        visitor = threads.submit(crowd.sign_in, stopping, "slow", "alice")
        until(lambda: provider.number_of_requests() > 0)
        os.kill(stopping.pid, signal.SIGTERM)
        assert (idle.rest(), stalled.rest(), visitor.done()) == (b"", b"", False)
        assert visitor.result() == IN


def test_who_never_reads_loses_no_event(stopping: Site, person: User) -> None:
    token = stopping.access_token(new_refresh_token(person))
    with Wire(stopping, small=True) as wire:
        for _ in range(20):
            wire.send("GET /static/admin/js/vendor/xregexp/xregexp.js HTTP/1.1")
        until(lambda: bool(select.select([wire.socket], [], [], 0)[0]))
        assert stopping.sign_out(token).status_code == 204
        os.kill(stopping.pid, signal.SIGTERM)
        until(lambda: not stopping.worker())
    session = Session.objects.using(SITES).get(user=person)
    assert AuditEvent.objects.using(SITES).get(target_id=str(session.pk)).action == "signed_out"
