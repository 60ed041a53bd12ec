"""What must still be true when a sign-in ends: a provider may take ten seconds to answer.

The room that asks the provider says what it has relied on. Step 8 looks whether that is still so
in the transaction that begins the session, and keeps it so until the transaction ends: who changes
it at the same moment waits, and is waited for. All do that in one order, so that none waits for
ever: the providers' rows by key, then the people's by key, then the sessions'.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from sessions.errors import AccountGoneError


def _nothing_is_broken() -> None:
    return None


@dataclass(frozen=True)
class Terms:
    """What a sign-in has relied on.

    `condition` is SQL that is true as long as it holds; `broken` says in words of its room what
    does not. Where `is_complete` is False, `broken` knows of more than the condition asks.
    """

    condition: str = "TRUE"
    parameters: tuple[Any, ...] = ()
    broken: Callable[[], Exception | None] = _nothing_is_broken
    is_complete: bool = True

    def require(self) -> None:
        """Lock what the condition reads, or raise the error of what is no longer true."""
        error = self.refusal_now()
        if error is not None:
            raise error

    def refusal_now(self) -> Exception | None:
        """Lock what the condition reads; return the error of what is no longer true, else None."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {self.condition}", self.parameters)
            (holds,) = cursor.fetchone()
        return self.refusal_of_the_rest() if holds else self.broken() or AccountGoneError()

    def refusal_of_the_rest(self) -> Exception | None:
        """Ask what the condition does not, once that is locked."""
        return None if self.is_complete else self.broken()


NO_TERMS = Terms()


def shared_lock(table: str) -> str:
    """Return what keeps a row that a subquery reads as it is until the transaction ends.

    SQLite needs nothing: a transaction that writes is alone.
    """
    return f"FOR SHARE OF {table}" if connection.features.has_select_for_update else ""
