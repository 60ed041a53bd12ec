"""How many calls to one provider may be in flight: few while it is slow, more while it answers.

A provider that hangs must not tie up the threads that serve the visitors of all others, and one
that answers promptly must not be refused for having many visitors.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from oauth_client.errors import ErrorCode, OutgoingError

FLOOR = 4  # calls, to a provider that is slow; and threads that no provider alone may hold
PROMPT = 2.0  # seconds; a call that takes longer is slow
FLOWING = 0.5  # seconds; while no call takes longer, a place will be free in a moment
PATIENCE = 0.25  # seconds that one call too many waits for that


def ceiling(threads: int) -> int:
    """Return how many of a process's threads may wait for one provider, at the most."""
    return max(FLOOR, threads - FLOOR)


class Slots:
    """The calls in flight to one provider, in one process.

    There may be `ceiling` of them until one is slow or fails; then `FLOOR`, and with every prompt
    answer one more again. A call that is slow counts from then on, not only when it has ended.
    One too many waits a moment while answers come quickly, and is refused at once when not.
    """

    def __init__(self, ceiling: int, clock: Callable[[], float] = monotonic) -> None:
        self._ceiling = ceiling
        self._clock = clock
        self._changed = threading.Condition()
        self._begun: dict[object, float] = {}  # in the order of their beginning
        self._limit = ceiling

    @contextmanager
    def one(self, host: str) -> Iterator[None]:
        """Hold a slot while a call runs. Raises `OutgoingError` if there is none."""
        call = self._begin(host)
        answered = False
        try:
            yield
            answered = True
        finally:
            self._end(call, answered=answered)

    def _begin(self, host: str) -> object:
        call = object()
        with self._changed:
            if not self._has_place() and self._oldest() <= FLOWING:
                self._changed.wait_for(self._has_place, PATIENCE)
            if not self._has_place():
                detail = f"{host}: {len(self._begun)} calls in flight"
                raise OutgoingError(ErrorCode.PROVIDER_BUSY, detail)
            self._begun[call] = self._clock()
        return call

    def _end(self, call: object, *, answered: bool) -> None:
        with self._changed:
            taken = self._clock() - self._begun.pop(call)
            prompt = answered and taken <= PROMPT
            self._limit = min(self._limit + 1, self._ceiling) if prompt else FLOOR
            self._changed.notify()

    def _has_place(self) -> bool:
        limit = self._limit if self._oldest() <= PROMPT else FLOOR
        return len(self._begun) < limit

    def _oldest(self) -> float:
        """Return for how many seconds the longest call in flight has been under way."""
        now = self._clock()
        return now - next(iter(self._begun.values()), now)
