"""Few connections for many threads, on a PostgreSQL of its own for each of them."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import OperationalError

from config.postgresql import base as pools
from config.postgresql.base import IDLE_SECONDS, LIFETIME, MOST, Pool

URL = os.environ.get("DATABASE_URL", "")
pytestmark = pytest.mark.skipif(
    not URL.startswith("postgres"), reason="needs DATABASE_URL of a PostgreSQL"
)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pool(clock: Clock) -> Iterator[Pool]:
    pool = Pool(clock)
    yield pool
    pool.close_idle()


@pytest.fixture
def opened() -> Iterator[list[psycopg.Connection]]:
    opened: list[psycopg.Connection] = []
    yield opened
    for connection in opened:
        connection.close()


@pytest.fixture
def connect(opened: list[psycopg.Connection]) -> Callable[[], psycopg.Connection]:
    def connect() -> psycopg.Connection:
        opened.append(psycopg.connect(URL, autocommit=True))
        return opened[-1]

    return connect


Connect = Callable[[], psycopg.Connection]


def test_a_connection_that_came_back_is_used_again(pool: Pool, connect: Connect) -> None:
    first = pool.take(connect)
    pool.give_back(first)
    assert pool.take(connect) is first


def test_two_threads_have_two_connections(pool: Pool, connect: Connect) -> None:
    assert pool.take(connect) is not pool.take(connect)


def test_one_that_the_server_has_ended_is_not_used_again(pool: Pool, connect: Connect) -> None:
    first, other = pool.take(connect), pool.take(connect)
    pool.give_back(first)
    other.execute("SELECT pg_terminate_backend(%s)", [first.info.backend_pid])
    while not pools._is_over(first):
        threading.Event().wait(0.001)
    assert pool.take(connect).execute("SELECT 1").fetchone() == (1,)
    assert first.closed


def test_one_that_broke_in_use_is_not_kept(pool: Pool, connect: Connect) -> None:
    first = pool.take(connect)
    first.close()
    pool.give_back(first)
    assert pool.take(connect) is not first


def test_one_with_an_open_transaction_is_not_kept(pool: Pool, connect: Connect) -> None:
    first = pool.take(connect)
    first.execute("BEGIN")
    pool.give_back(first)
    assert first.closed


def test_one_that_is_closed_while_it_is_idle_is_not_used(pool: Pool, connect: Connect) -> None:
    first = pool.take(connect)
    pool.give_back(first)
    first.close()
    assert pool.take(connect) is not first


def test_an_old_one_is_not_kept(pool: Pool, connect: Connect, clock: Clock) -> None:
    first = pool.take(connect)
    clock.now += LIFETIME
    pool.give_back(first)
    assert first.closed


def test_one_that_nobody_has_needed_for_a_minute_is_closed(
    pool: Pool, connect: Connect, clock: Clock
) -> None:
    first, second = pool.take(connect), pool.take(connect)
    pool.give_back(first)
    clock.now += IDLE_SECONDS + 1
    pool.give_back(second)
    assert (first.closed, second.closed) == (True, False)


def test_whoever_finds_all_in_use_waits_for_the_next(pool: Pool, connect: Connect) -> None:
    taken = [pool.take(connect) for _ in range(MOST)]
    with ThreadPoolExecutor(1) as threads:
        waiter = threads.submit(pool.take, connect)
        pool.give_back(taken[3])
        assert waiter.result(5) is taken[3]


def test_whoever_waits_too_long_is_told_that_the_database_does_not_answer(
    pool: Pool, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "PATIENCE", 0.05)
    for _ in range(MOST):
        pool.take(connect)
    with pytest.raises(OperationalError, match="connections are in use"):
        pool.take(connect)


def test_a_database_that_refuses_costs_no_place(pool: Pool, connect: Connect) -> None:
    def refused() -> psycopg.Connection:
        raise OperationalError

    for _ in range(MOST + 1):
        with pytest.raises(OperationalError):
            pool.take(refused)
    assert pool.take(connect)


def test_a_thread_that_dies_with_a_connection_costs_no_place(
    pool: Pool, opened: list[psycopg.Connection], connect: Connect
) -> None:
    for _ in range(MOST + 1):
        pool.take(connect).close()
        opened.clear()


def test_what_is_in_use_while_all_idle_ones_are_closed_is_closed_when_it_comes_back(
    pool: Pool, connect: Connect
) -> None:
    first, second = pool.take(connect), pool.take(connect)
    pool.give_back(first)
    pool.close_idle()
    pool.give_back(second)
    assert (first.closed, second.closed) == (True, True)
