"""The backend that Django loads for `config.postgresql`: its own, with connections out of a pool.

psycopg's own pool, which Django could use, connects in the background: while the database is gone,
every thread that wants a connection waits there for its whole patience, and with the threads all
that works without a database.
"""

import os
from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection

from config.postgresql.pool import Pool

_pools: dict[tuple[str, str], Pool] = {}  # by alias and name of the database: tests rename theirs
os.register_at_fork(after_in_child=_pools.clear)  # what the parent has open is the parent's


def close_idle() -> None:
    """Close the connections of this process that nobody uses."""
    for pool in list(_pools.values()):
        pool.close_idle()


class DatabaseWrapper(base.DatabaseWrapper):
    """A thread's way to the database. When it is closed, the next thread may have its connection.

    That is so at the end of each request, and while a thread waits for a provider.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        def connect() -> Connection:
            connection: Connection = super(DatabaseWrapper, self).get_new_connection(conn_params)
            return connection

        return connect() if self.alias == NO_DB_ALIAS else self._connections.take(connect)

    def close_pool(self) -> None:
        """Close what nobody uses; Django asks for it before it drops or copies a database."""
        self._connections.close_idle()

    def _close(self) -> None:
        """Give the connection back, unless a transaction is open: then nobody may have it."""
        with self.wrap_database_errors:
            if self.in_atomic_block or self.alias == NO_DB_ALIAS:
                self.connection.close()
            self._connections.give_back(self.connection)

    @property
    def _connections(self) -> Pool:
        return _pools.setdefault((self.alias, str(self.settings_dict["NAME"])), Pool())
