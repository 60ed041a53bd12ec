"""Cut every call off at its deadline, whatever its peer does.

A socket's timeout starts again with every byte. A peer that sends one byte a second never reaches
it: in the TLS handshake, in the headers or in the body. So one thread knows the deadline of every
call in flight, and shuts its connection down at that time.
"""

import heapq
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic

CALL_SECONDS = 10.0
NOTHING = -1  # no descriptor


@dataclass(eq=False)
class Call:
    """One request of ours, from its first lookup to the last byte of its answer."""

    at: float  # its deadline, on the monotonic clock
    ended: bool = False
    is_over: bool = False  # whether it ended at its deadline
    reused: bool = False  # the connection carried another call before
    fresh: bool = False  # whether it needs a new connection
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cut: bool = False
    _watched: int = NOTHING

    def watch(self, connection: socket.socket) -> None:
        """Let the deadline shut this connection down.

        The descriptor is duplicated: `SSLContext.wrap_socket` detaches the socket that it is
        given, and another thread must not shut an `SSLSocket` down. A socket around it is made
        only to shut it down: that takes four more calls of the system.
        """
        duplicate = os.dup(connection.fileno())
        self.unwatch()
        with self._lock:
            self._watched = duplicate
        if self._cut:
            self.cut()

    def unwatch(self) -> bool:
        """Stop watching the connection. Tell whether the deadline has cut it already."""
        with self._lock:
            if self._watched != NOTHING:
                os.close(self._watched)
                self._watched = NOTHING
            return self._cut

    def cut(self) -> None:
        """Shut the connection down. For the watchdog."""
        with self._lock:
            self._cut = True
            if self._watched != NOTHING:
                with suppress(OSError), _borrowed(self._watched) as watched:
                    watched.shutdown(socket.SHUT_RDWR)  # the peer may have been faster


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    """Make a socket of a descriptor, and leave the descriptor open."""
    borrowed = socket.socket(fileno=descriptor)
    try:
        yield borrowed
    finally:
        borrowed.detach()


class Watchdog:
    """Cuts off the calls whose deadline has come, in one daemon thread."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Begin with no thread and no lock. A forked child has none of its parent's threads."""
        self._condition = threading.Condition()
        self._calls: list[tuple[float, int, Call]] = []
        self._thread: threading.Thread | None = None

    @contextmanager
    def calling(self) -> Iterator[Call]:
        """Begin a call under the deadline around it, or under its own `CALL_SECONDS`."""
        with deadline():
            call = Call(_deadline.get())
            with self._condition:
                heapq.heappush(self._calls, (call.at, id(call), call))
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="deadline", daemon=True)
                    self._thread.start()
                if self._calls[0][2] is call:
                    self._condition.notify()
            token = current_call.set(call)
            try:
                yield call
            finally:
                current_call.reset(token)
                call.is_over = call.unwatch() or seconds_left() == 0
                call.ended = True

    def _run(self) -> None:
        """Cut the calls that have not ended, each at its deadline."""
        while True:
            with self._condition:
                while self._calls and self._calls[0][2].ended:
                    heapq.heappop(self._calls)
                left = self._calls[0][0] - monotonic() if self._calls else None
                if left is None or left > 0:
                    self._condition.wait(left)
                    continue
                call = heapq.heappop(self._calls)[2]
            call.cut()


_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))
current_call: ContextVar[Call] = ContextVar("call")  # set while code runs for a call
_watchdog = Watchdog()
calling = _watchdog.calling
os.register_at_fork(after_in_child=_watchdog.start_anew)


@contextmanager
def deadline(seconds: float = CALL_SECONDS) -> Iterator[None]:
    """Let everything that is sent inside share one deadline. Of two nested, the earlier wins."""
    token = _deadline.set(monotonic() + seconds_left(seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left(limit: float = CALL_SECONDS) -> float:
    """Return the seconds until the deadline around this code, at most `limit` and at least 0."""
    return max(min(limit, _deadline.get() - monotonic()), 0.0)
