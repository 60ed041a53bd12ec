"""How many threads a provider may keep: as many as it needs while it answers, few when it hangs.

A provider that hangs must not tie up the threads that serve the visitors of all others, and one
that answers must refuse nobody for having many visitors. Which of the two it is, is told by the
answers that come: a limit of calls alone would take the one for the other.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

from oauth_client.errors import ErrorCode, OutgoingError
from oauth_client.outgoing.watchdog import seconds_left

FLOOR = 4  # calls, that every provider may have
SILENCE = 3.0  # seconds; a provider that owes an answer for so long and gives none hangs


class Threads:
    """What all providers share of the threads of a process.

    `free` are the places beyond `FLOOR` each: so many that two providers which stop answering at
    once leave the others a quarter, but for few threads. `share` is for each one that hangs.
    """

    def __init__(self, threads: int) -> None:
        self.changed = threading.Condition()
        self.free = max(0, min(threads - 3 * FLOOR, threads * 3 // 4))
        self.share = max(FLOOR, threads // 4)


@lru_cache
def shared_threads(process: int, threads: int) -> Threads:
    """Return the one of this process."""
    return Threads(threads)


@dataclass(eq=False, frozen=True)
class Call:
    """A call in flight."""

    begun: float  # seconds, by the clock of its `Slots`


class Slots:
    """The calls in flight to one provider, in one process.

    While answers come there may be as many as there are places, and one call too many waits for
    its turn, in the order of coming and within the deadline around it. When no answer has come for
    `SILENCE` seconds, all who wait are refused, and a new call is one of a `share` or refused at
    once. The next answer, good or bad, ends that. A call that fails without one proves nothing.
    """

    def __init__(self, threads: Threads, clock: Callable[[], float] = monotonic) -> None:
        self._threads = threads
        self._clock = clock
        self._calls: dict[Call, None] = {}  # in the order of their beginning
        self._queue: deque[object] = deque()
        self._answered_at = float("-inf")
        self._seconds = 0.0  # that the last answer took

    @contextmanager
    def one(self, host: str) -> Iterator[None]:
        """Hold a place while a call runs. Raises `OutgoingError` if there is none."""
        call = self._begin(host)
        is_answered = False
        try:
            yield
            is_answered = True
        finally:
            self._end(call, is_answered=is_answered)

    def _begin(self, host: str) -> Call:
        ticket, until = object(), self._clock() + seconds_left()
        with self._threads.changed:
            self._queue.append(ticket)
            try:
                while (call := self._take(ticket)) is None:
                    self._wait(host, until)
            finally:
                self._queue.remove(ticket)
                self._threads.changed.notify_all()
        return call

    def _wait(self, host: str, until: float) -> None:
        """Wait until something changes, or refuse: there is no turn to wait for, or no time."""
        patience = min(SILENCE - self._silence(), until - self._clock())
        if patience <= 0 or self._seconds > SILENCE:
            raise OutgoingError(ErrorCode.PROVIDER_BUSY, f"{host}: {len(self._calls)} calls")
        self._threads.changed.wait(patience)

    def _take(self, ticket: object) -> Call | None:
        needs_shared = len(self._calls) >= FLOOR
        is_full = needs_shared and not self._threads.free
        hangs = self._silence() >= SILENCE and len(self._calls) >= self._threads.share
        if is_full or hangs or self._queue[0] is not ticket:
            return None
        self._threads.free -= needs_shared
        call = Call(self._clock())
        self._calls[call] = None
        return call

    def _end(self, call: Call, *, is_answered: bool) -> None:
        with self._threads.changed:
            self._threads.free += len(self._calls) > FLOOR
            del self._calls[call]
            if is_answered:
                self._answered_at = self._clock()
                self._seconds = self._answered_at - call.begun
            self._threads.changed.notify_all()

    def _silence(self) -> float:
        """Return for how many seconds no answer has come that was owed."""
        oldest = next(iter(self._calls), None)
        if oldest is None:
            return 0.0
        return self._clock() - max(self._answered_at, oldest.begun)
