"""A database that is gone."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection


def _refuse(*_: object) -> None:
    raise OperationalError("the database is gone")


@contextmanager
def database_gone() -> Iterator[None]:
    """Let every statement of this thread fail while it lasts."""
    with connection.execute_wrapper(_refuse):
        yield
