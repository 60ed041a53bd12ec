"""Threads that compute for the event loop. The one that has rested least gets the next request.

Its connection to the database has just been used, so SQLite need not read again what another
connection has changed: with `concurrent.futures`, where threads take turns, a sign-in takes 7 %
more instructions (measured 2026-12).
"""

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Any


class Computed:
    """What a thread has computed, or the error that it raised."""

    value: Any = None
    error: BaseException | None = None

    def __enter__(self) -> None:
        """Begin to compute."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Keep the error for whoever waits for the value. The thread goes on."""
        self.error = error
        return True


Work = tuple[Callable[..., Any], Any, Callable[[Computed], object]]


class Threads:
    """At most so many threads, each started when all others are busy. They end with the process."""

    def __init__(self, most: int) -> None:
        self._most, self._number = most, 0
        self._lock = threading.Lock()
        self._resting: list[SimpleQueue[Work]] = []  # what each of them waits for
        self._waiting: deque[Work] = deque()

    def do(self, what: Callable[..., Any], value: Any, then: Callable[[Computed], object]) -> None:
        """Let a thread call `what` with a value, and `then` with the result.

        Raises `RuntimeError` if there is no thread and the system starts none.
        """
        work = (what, value, then)
        with self._lock:
            if self._resting:
                self._resting.pop().put(work)
                return
            self._waiting.append(work)
            if self._number == self._most:
                return
            self._number += 1
        try:
            threading.Thread(target=self._work, name="request", daemon=True).start()
        except RuntimeError:
            if not self._is_left_to_others(work):
                raise

    def _is_left_to_others(self, work: Work) -> bool:
        """Tell whether a thread does this, or will, when no more could be started."""
        with self._lock:
            self._number -= 1
            if self._number or work not in self._waiting:
                return True
            self._waiting.remove(work)
            return False

    def _work(self) -> None:
        mine: SimpleQueue[Work] = SimpleQueue()
        next_ = self._next(mine)
        while True:
            what, value, then = next_ or mine.get()
            computed = Computed()
            with computed:
                computed.value = what(value)
            # It rests before anybody knows: what comes in response is for the same thread.
            next_ = self._next(mine)
            then(computed)

    def _next(self, mine: SimpleQueue[Work]) -> Work | None:
        """Return what waits. If there is nothing, the thread rests: more will come to it."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._resting.append(mine)
        return None
