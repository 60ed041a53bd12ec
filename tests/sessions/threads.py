"""The same thing done by several threads at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def at_once(times: int, do: Callable[[], T]) -> list[T]:
    """Return what each thread got; all of them start together, with connections of their own."""
    barrier = threading.Barrier(times)

    def one(_: int) -> T:
        barrier.wait(timeout=10)
        try:
            return do()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(one, range(times)))
