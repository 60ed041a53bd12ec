"""Django's way to PostgreSQL: whose connection a thread has, and when it has none."""

import os
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import requests
import responses
from django.core.signals import request_finished
from django.db import connection, transaction
from django.test import Client

from config.postgresql import base
from outgoing import AddressPolicy, session_for

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL"),
]


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
        return pid


def used_and_closed() -> int:
    try:
        return backend()
    finally:
        connection.close()


def test_a_thread_uses_the_connection_that_another_has_given_back() -> None:
    mine = used_and_closed()
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(used_and_closed).result() == mine


def test_a_request_gives_its_connection_back_when_it_ends() -> None:
    mine = backend()
    request_finished.send(sender=None)
    assert connection.connection is None
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(used_and_closed).result() == mine


def test_many_threads_open_few_connections() -> None:
    connection.close()
    with ThreadPoolExecutor(3 * base.MOST) as threads:
        backends = set(threads.map(lambda _: used_and_closed(), range(6 * base.MOST)))
    assert len(backends) <= base.MOST


def test_nobody_gets_a_connection_with_an_open_transaction() -> None:
    with transaction.atomic():
        mine = backend()
        connection.close()
    assert used_and_closed() != mine


def test_a_request_that_finds_all_in_use_is_told_to_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "PATIENCE", 0.05)
    client.raise_request_exception = False
    connection.close()
    others = [connection.copy() for _ in range(base.MOST)]
    for other in others:
        other.ensure_connection()
    answer = client.get("/sign-in/")
    for other in others:
        other.close()
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert client.get("/sign-in/").status_code == 200


def test_the_connections_of_before_a_restart_of_the_database_are_not_used() -> None:
    before = used_and_closed()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    assert used_and_closed() != before


def test_a_forked_child_leaves_its_parent_s_connections_alone() -> None:
    used_and_closed()
    child = os.fork()
    if child == 0:
        os._exit(len(base._pools))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert base._pools


def test_idle_connections_can_be_closed_before_a_fork() -> None:
    mine = used_and_closed()
    base.close_idle()
    assert used_and_closed() != mine


@responses.activate
def test_a_thread_that_waits_for_a_provider_holds_no_connection() -> None:
    held: list[bool] = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        held.append(connection.connection is not None)
        return 200, {}, "{}"

    responses.add_callback("GET", "https://op.example/", answer)
    policy = AddressPolicy(allow_private=False, allow_loopback=False)
    backend()
    session_for("demo", policy).get("https://op.example/")
    with transaction.atomic():
        backend()
        session_for("demo", policy).get("https://op.example/")
    assert held == [False, True]
