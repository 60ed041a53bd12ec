"""Django's backend for PostgreSQL, with a pool of connections.

psycopg's own pool, which Django could use, connects in the background. While the database is gone,
each thread that wants a connection waits there for the whole timeout. Soon no thread is left for
what works without a database.
"""

import os
from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection

from config.postgresql.pool import Pool

_pools: dict[tuple[str, str], Pool] = {}  # by alias and name of the database: tests rename theirs
os.register_at_fork(after_in_child=_pools.clear)  # a child leaves its parent's connections alone


def close_idle() -> None:
    """Close the connections of this process that nobody uses."""
    for pool in list(_pools.values()):
        pool.close_idle()


class DatabaseWrapper(base.DatabaseWrapper):
    """A thread's connection to the database, which goes back to the pool when it is closed.

    That happens at the end of each request, and while a thread waits for a provider.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        def connect() -> Connection:
            connection: Connection = super(DatabaseWrapper, self).get_new_connection(conn_params)
            return connection

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
