"""The thread beside the requests: what it does, and that it survives a database that is gone."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from sessions import confirmations, revocation
from sessions.models import Session
from web import background


@pytest.fixture
def _thread(parallel_database: None) -> Iterator[None]:
    background.start_background()
    yield
    background.stop()
    eventually(lambda: not _threads())


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "background"]


def eventually(is_so: Callable[[], bool], seconds: float = 5) -> bool:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
    return True


@pytest.mark.usefixtures("_thread")
def test_another_process_learns_of_a_revocation_and_writes_confirmations(
    alices_session: Session,
) -> None:
    sid = str(alices_session.pk)
    assert not revocation.is_revoked(sid, time.time())
    confirmations.note(sid, 2)
    Session.objects.filter(pk=sid).update(revoked_at=timezone.now())  # as another process does
    assert eventually(lambda: revocation.is_revoked(sid, time.time()))
    assert eventually(lambda: Session.objects.get().confirmed_generation == 2)


@pytest.mark.usefixtures("_thread")
def test_a_process_has_one_thread() -> None:
    for _ in range(3):
        background.start_background()
    assert len(_threads()) == 1


@pytest.mark.usefixtures("_thread")
def test_of_several_first_requests_one_starts_the_thread() -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: background._start(), range(8)))
    assert len(_threads()) == 1


def test_stopping_what_does_not_run_is_nothing() -> None:
    background.stop()
    background.finish()
    assert not _threads()


@pytest.mark.usefixtures("parallel_database")
def test_a_process_that_ends_writes_what_waits(alices_session: Session) -> None:
    background.start_background()
    confirmations.note(str(alices_session.pk), 2)
    background.finish()
    assert not _threads()
    assert Session.objects.get().confirmed_generation == 2


@pytest.mark.usefixtures("parallel_database")
def test_a_process_that_ends_without_a_database_says_what_is_lost(
    alices_session: Session, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    background.start_background()
    confirmations.note(str(alices_session.pk), 2)
    with monkeypatch.context() as gone:
        gone.setattr(Session._meta, "db_table", "a_table_that_is_not_there")
        background.finish()
    assert re.search("lost: (Operational|Programming)Error", caplog.text)  # SQLite, PostgreSQL


@pytest.mark.django_db
def test_one_turn_reads_what_is_revoked(alices_session: Session) -> None:
    Session.objects.update(revoked_at=timezone.now())
    background.turn()
    assert revocation._known[0].sids == {str(alices_session.pk)}


@pytest.mark.usefixtures("parallel_database")
def test_a_database_that_is_gone_for_a_while_is_said_once_and_survived(
    alices_session: Session, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.ERROR, "web.background")
    table, Session._meta.db_table = Session._meta.db_table, "a_table_that_is_not_there"
    background.start_background()
    try:
        assert eventually(lambda: "is held up" in caplog.text)
        time.sleep(3 * background.INTERVAL)
        Session._meta.db_table = table
        confirmations.note(str(alices_session.pk), 2)
        assert eventually(lambda: Session.objects.get().confirmed_generation == 2)
        assert caplog.text.count("is held up") == 1
    finally:
        Session._meta.db_table = table
        background.stop()
        eventually(lambda: not _threads())
        connection.close()
