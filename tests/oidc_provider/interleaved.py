"""Something else that happens in the middle of what is tested: before one of its statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def before(words: str, do: Callable[[], object]) -> Iterator[None]:
    """Do this once, before the first statement that contains these words."""
    others = [do]

    def execute_after(execute: Any, sql: str, *about: Any) -> Any:
        if words in sql and others:
            others.pop()()
        return execute(sql, *about)

    with connection.execute_wrapper(execute_after):
        yield
    assert not others, "there was no such statement"
