"""Cut every call off at its deadline, whatever its peer does.

A socket's timeout starts anew with every byte, so a peer that drips one byte a second never meets
it: in the TLS handshake, in the headers, in the body. Here one thread knows the deadline of every
call in flight and shuts the connection down under it.
"""

import heapq
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from time import monotonic
from typing import Protocol

CALL_SECONDS = 10.0


class HasFileno(Protocol):
    """A socket, with or without TLS around it."""

    def fileno(self) -> int: ...


class Call:
    """One request of ours, from its first lookup to the last byte of its answer."""

    def __init__(self, at: float) -> None:
        self.at = at  # on the monotonic clock
        self.ended = False
        self.reused = False  # the connection had carried another call before
        self.fresh = False  # a connection from the pool is not good enough
        self._lock = threading.Lock()
        self._cut = False
        self._watched: socket.socket | None = None

    def remaining(self) -> float:
        """Return the seconds that are left, never less than 0."""
        return max(self.at - monotonic(), 0.0)

    @property
    def is_over(self) -> bool:
        return self._cut or self.remaining() == 0

    def watch(self, connection: HasFileno) -> None:
        """Let the deadline shut this connection down.

        The descriptor is duplicated: `SSLContext.wrap_socket` detaches the socket that it is
        given, and an `SSLSocket` must not be shut down by another thread.
        """
        duplicate = socket.socket(fileno=socket.dup(connection.fileno()))
        with self._lock:
            self._close_watched()
            self._watched = duplicate
            if self._cut:
                self._shut_down()

    def unwatch(self) -> bool:
        """Keep the deadline off the connection from now on; tell whether it came before."""
        with self._lock:
            self._close_watched()
            return self._cut

    def cut(self) -> None:
        """Shut the connection down. For the watchdog."""
        with self._lock:
            self._cut = True
            self._shut_down()

    def _shut_down(self) -> None:
        if self._watched is not None:
            with suppress(OSError):  # the peer may have been faster
                self._watched.shutdown(socket.SHUT_RDWR)

    def _close_watched(self) -> None:
        if self._watched is not None:
            self._watched.close()
            self._watched = None


class Watchdog:
    """Cut off the calls whose deadline has come, in one daemon thread, started with the first."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Begin with no thread and no lock. A forked child has none of its parent's threads."""
        self._condition = threading.Condition()
        self._calls: list[tuple[float, int, Call]] = []
        self._thread: threading.Thread | None = None

    def add(self, call: Call) -> None:
        """Cut this call off at its deadline. One that has ended by then wakes nobody."""
        with self._condition:
            heapq.heappush(self._calls, (call.at, id(call), call))
            if self._thread is None:
                self._thread = self._started()
            if self._calls[0][2] is call:
                self._condition.notify()

    def _started(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="deadline", daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        while True:
            self._next().cut()

    def _next(self) -> Call:
        """Wait for the earliest deadline of a call that has not ended."""
        with self._condition:
            while True:
                while self._calls and self._calls[0][2].ended:
                    heapq.heappop(self._calls)
                if self._calls and self._calls[0][0] <= monotonic():
                    return heapq.heappop(self._calls)[2]
                self._condition.wait(self._calls[0][0] - monotonic() if self._calls else None)


_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_call: ContextVar[Call | None] = ContextVar("call", default=None)
_watchdog = Watchdog()
os.register_at_fork(after_in_child=_watchdog.start_anew)


@contextmanager
def deadline(seconds: float = CALL_SECONDS) -> Iterator[None]:
    """Let everything that is sent inside share one deadline. Of two nested, the earlier wins."""
    token = _deadline.set(_earlier(seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


@contextmanager
def calling() -> Iterator[Call]:
    """Begin a call under the deadline around it, or under its own `CALL_SECONDS`."""
    call = Call(_earlier(CALL_SECONDS))
    _watchdog.add(call)
    token = _call.set(call)
    try:
        yield call
    finally:
        _call.reset(token)
        call.unwatch()
        call.ended = True


def seconds_left() -> float:
    """Return the seconds until the deadline of what is sent now, never less than 0."""
    return max(_earlier(CALL_SECONDS) - monotonic(), 0.0)


def current_call() -> Call:
    """Return the call that this code runs for."""
    call = _call.get()
    if call is None:
        raise RuntimeError("connections are for ProviderSession.send")
    return call


def is_calling() -> bool:
    """Tell whether this code runs for a call."""
    return _call.get() is not None


def _earlier(seconds: float) -> float:
    at = monotonic() + seconds
    outer = _deadline.get()
    return at if outer is None else min(outer, at)
