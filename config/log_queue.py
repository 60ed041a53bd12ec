"""Lines of the log on their way to stderr. A request that logs never waits until they are read.

A pipe that nobody reads, a terminal that is stopped and a disk that hangs all hold up whoever
writes. Here that is one daemon thread for each process, started with its first line.
"""

import os
import select
import threading
from collections.abc import Callable

STDERR = 2
ROOM = 2**20  # bytes that may wait; as many again may be on their way
POLL = 0.5  # seconds until a descriptor that does not block is tried anew


class LogQueue:
    """Something to write text to, as a stream is. What finds no room is counted and lost.

    `loss` makes the line about it, which follows as soon as somebody reads.
    """

    _thread: threading.Thread | None

    def __init__(
        self, loss: Callable[[int], str], descriptor: int = STDERR, room: int = ROOM
    ) -> None:
        self._loss, self._descriptor, self._room = loss, descriptor, room
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def write(self, text: str) -> None:
        """Have it written, sooner or later."""
        line = text.encode("utf-8", "backslashreplace")
        with self._changed:
            if len(self._waiting) + len(line) > self._room:
                self._lost += 1
                return
            self._waiting += line
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drain(self, seconds: float) -> bool:
        """Wait until all is written, but no longer than that; tell whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._waiting or self._is_writing), seconds)

    def _begin(self) -> None:
        """Begin with nothing. A forked child has no thread, and leaves its parent's lines alone.

        The lock is one that a signal handler may take again.
        """
        self._changed = threading.Condition(threading.RLock())
        self._waiting = bytearray()
        self._lost = 0
        self._is_writing = False
        self._thread = None

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                lines, self._waiting = bytes(self._waiting), bytearray()
                lost, self._lost = self._lost, 0
                self._is_writing = True
            is_written = self._written(lines + (self._loss(lost).encode() if lost else b""))
            with self._changed:
                self._lost += 0 if is_written else lost + lines.count(b"\n")
                self._is_writing = False
                self._changed.notify_all()

    def _written(self, lines: bytes) -> bool:
        """Write it all, however long that takes; False where it cannot be written."""
        try:
            while lines:
                lines = lines[self._write(lines) :]
        except OSError:
            return False
        return True

    def _write(self, lines: bytes) -> int:
        try:
            return os.write(self._descriptor, lines)
        except BlockingIOError:
            select.select([], [self._descriptor], [], POLL)
            return 0
