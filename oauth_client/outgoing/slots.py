"""How many calls to one provider may be in flight: few while it is slow, more while it answers.

A provider that hangs must not tie up the threads that serve the visitors of all others, and one
that answers promptly must not be refused for having many visitors.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

from oauth_client.errors import ErrorCode, OutgoingError

FLOOR = 4  # calls, that every provider may have
MOST = 256  # calls; as many as there can be threads
PROMPT = 2.0  # seconds; a call that takes longer is slow
FLOWING = 0.5  # seconds; while no call takes longer, a place will be free in a moment
PATIENCE = 0.25  # seconds that one call too many waits for that


@lru_cache
def shared_places(process: int, threads: int) -> threading.BoundedSemaphore:
    """Return what all providers of a process have to share beyond `FLOOR` places each.

    So many that with two providers hanging at once `FLOOR` threads are left for everybody else.
    """
    return threading.BoundedSemaphore(max(0, threads - 3 * FLOOR))


@dataclass(eq=False)
class Call:
    """A call in flight, and whether its place is one of the shared."""

    begun: float  # seconds, by the clock of its `Slots`
    is_shared: bool


class Slots:
    """The calls in flight to one provider, in one process.

    While answers come promptly there may be as many as there are shared places beside `FLOOR` of
    its own. A slow one leaves the provider no more than those, also while it is still in flight;
    then every prompt answer, good or bad, allows one more again. One call too many waits a moment
    while answers come quickly, and is refused at once when not.
    """

    def __init__(
        self, shared: threading.BoundedSemaphore, clock: Callable[[], float] = monotonic
    ) -> None:
        self._shared = shared
        self._clock = clock
        self._changed = threading.Condition()
        self._calls: dict[Call, None] = {}  # in the order of their beginning
        self._limit = MOST

    @contextmanager
    def one(self, host: str) -> Iterator[None]:
        """Hold a place while a call runs. Raises `OutgoingError` if there is none."""
        call = self._begin(host)
        try:
            yield
        finally:
            self._end(call)

    def _begin(self, host: str) -> Call:
        with self._changed:
            call = self._take()
            if call is None and self._oldest() <= FLOWING:
                call = self._changed.wait_for(self._take, PATIENCE)
            if call is None:
                detail = f"{host}: {len(self._calls)} calls in flight"
                raise OutgoingError(ErrorCode.PROVIDER_BUSY, detail)
        return call

    def _take(self) -> Call | None:
        limit = self._limit if self._oldest() <= PROMPT else FLOOR
        is_shared = len(self._calls) >= FLOOR
        if len(self._calls) >= limit or (is_shared and not self._shared.acquire(blocking=False)):
            return None
        call = Call(self._clock(), is_shared)
        self._calls[call] = None
        return call

    def _end(self, call: Call) -> None:
        with self._changed:
            del self._calls[call]
            if call.is_shared:
                self._shared.release()
            is_prompt = self._clock() - call.begun <= PROMPT
            self._limit = min(self._limit + 1, MOST) if is_prompt else FLOOR
            self._changed.notify()

    def _oldest(self) -> float:
        """Return for how many seconds the longest call in flight has been under way."""
        oldest = next(iter(self._calls), None)
        return self._clock() - oldest.begun if oldest else 0.0
