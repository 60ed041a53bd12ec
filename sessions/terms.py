"""The conditions that must still hold when a sign-in ends: a provider may take ten seconds.

The room that asks the provider states the conditions. Step 8 checks them in the transaction that
starts the session, and locks their rows until it ends. All code locks rows in one order, so that
no deadlock is possible. First come providers by key, then people by key, then sessions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from sessions.errors import AccountGoneError


@dataclass(frozen=True)
class Terms:
    """What a sign-in has relied on.

    `condition` is SQL that is true while all of it holds. `broken` returns the error for what no
    longer holds. Where `is_complete` is False, `broken` checks more than the condition does.
    """

    condition: str = "TRUE"
    parameters: tuple[Any, ...] = ()
    broken: Callable[[], Exception | None] = lambda: None
    is_complete: bool = True

    def refusal_now(self) -> Exception | None:
        """Lock what the condition reads; return the error if something no longer holds."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {self.condition}", self.parameters)
            (holds,) = cursor.fetchone()
        return self.refusal_of_the_rest() if holds else self.broken() or AccountGoneError()

    def refusal_of_the_rest(self) -> Exception | None:
        """Check what the condition does not cover, once it has locked its rows."""
        return None if self.is_complete else self.broken()


NO_TERMS = Terms()


def shared_lock(table: str) -> str:
    """Return the SQL that locks a row which a subquery reads, until the transaction ends.

    SQLite needs none, because a transaction that writes is alone.
    """
    return f"FOR SHARE OF {table}" if connection.features.has_select_for_update else ""
