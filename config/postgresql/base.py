"""Django's backend for PostgreSQL, with few connections for many threads.

Most threads wait for a provider, and need no connection meanwhile. psycopg's own pool, which Django
could use, connects in the background. While the database is gone, each thread waits there for the
whole timeout, and soon none is left for other pages. Here the thread itself connects.
"""

import os
import select
import threading
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from django.db import OperationalError
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection
from psycopg.pq import TransactionStatus

MOST = 20  # of a process; three processes fit a PostgreSQL that takes a hundred (max_connections)
PATIENCE = 10  # seconds that a thread waits while all of them are in use
LIFETIME = 600  # seconds; a newer one has the database's new rights and address
IDLE_SECONDS = 60  # until one that nobody needs is closed


class Pool:
    """The connections of this process to one database: at most `MOST`, in use or idle."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._idle: list[tuple[Connection, float]] = []  # and since when; the last is used first
        # Of all connections in use or idle. One whose thread has died does not count.
        self._connected_at: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()
        self._connecting = 0

    def take(self, connect: Callable[[], Connection]) -> Connection:
        """Return an idle connection, or a new one. Raises `OperationalError` if there is none."""
        with self._changed:
            if not self._changed.wait_for(self._has_room, PATIENCE):
                raise OperationalError(f"all {MOST} connections are in use")
            while self._idle:
                connection, _ = self._idle.pop()
                if not _is_over(connection):
                    return connection
                self._close(connection)
            self._connecting += 1
        return self._connected(connect)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for the next thread, if it can be used again."""
        now = self._clock()
        with self._changed:
            is_young = now - self._connected_at.get(connection, now - LIFETIME) < LIFETIME
            if is_young and connection.pgconn.transaction_status == TransactionStatus.IDLE:
                self._idle.append((connection, now))
            else:
                self._close(connection)
            while self._idle and now - self._idle[0][1] > IDLE_SECONDS:
                self._close(self._idle.pop(0)[0])
            self._changed.notify()

    def close_idle(self) -> None:
        """Close what is idle now, and what is in use as soon as it comes back."""
        with self._changed:
            while self._idle:
                self._close(self._idle.pop()[0])
            self._connected_at.clear()

    def _has_room(self) -> bool:
        return bool(self._idle) or len(self._connected_at) + self._connecting < MOST

    def _connected(self, connect: Callable[[], Connection]) -> Connection:
        connection = None
        try:
            connection = connect()
            return connection
        finally:
            with self._changed:
                self._connecting -= 1
                if connection is not None:
                    self._connected_at[connection] = self._clock()
                self._changed.notify()

    def _close(self, connection: Connection) -> None:
        connection.close()
        self._connected_at.pop(connection, None)


def _is_over(connection: Connection) -> bool:
    """Tell whether the server has closed the connection: then there is something to read."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return bool(poll.poll(0))


_pools: dict[tuple[str, str], Pool] = {}  # by alias and name of the database: tests rename theirs
os.register_at_fork(after_in_child=_pools.clear)  # a child leaves its parent's connections alone


def close_idle() -> None:
    """Close the connections of this process that nobody uses."""
    for pool in list(_pools.values()):
        pool.close_idle()


class DatabaseWrapper(base.DatabaseWrapper):
    """A thread's connection. It is given back after a request, and while the thread waits."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        connect = partial(super().get_new_connection, conn_params)
        return connect() if self.alias == NO_DB_ALIAS else self._connections.take(connect)

    def close_pool(self) -> None:
        """Close idle connections; Django calls this before it drops or copies a database."""
        self._connections.close_idle()

    def _close(self) -> None:
        """Give the connection back, but close it if a transaction is open."""
        with self.wrap_database_errors:
            if self.in_atomic_block or self.alias == NO_DB_ALIAS:
                self.connection.close()
            self._connections.give_back(self.connection)

    @property
    def _connections(self) -> Pool:
        return _pools.setdefault((self.alias, str(self.settings_dict["NAME"])), Pool())
