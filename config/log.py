"""Logs with one line for each event, whatever text a provider or a visitor sent.

Commands write to stderr at once. A server process writes through a queue. Otherwise a pipe that
nobody reads, a stopped terminal or a hanging disk would hold up every request.
"""

import logging
import os
import re
import select
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

# Line breaks, terminal escapes and marks that turn the reading direction (CWE-117).
UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
PATIENCE = 2  # seconds for the last lines of a process that ends
STDERR = 2
ROOM = 2**21  # bytes that may wait
POLL = 0.5  # seconds until a descriptor that does not block is tried anew
# Seconds after a line in which others come together: to wake the thread for each line takes 3 % of
# a sign-in (measured 2026-12).
REST = 0.05
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class OneLineFormatter(logging.Formatter):
    """Escape what could forge a line; a traceback keeps its lines, each indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        line = super().formatMessage(record)
        return line if line.isprintable() else UNPRINTABLE.sub(_escape, line)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's own name
        lines = super().formatException(ei).splitlines()
        return "\n".join("  " + UNPRINTABLE.sub(_escape, line) for line in lines)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def never_wait() -> None:
    """Write the log of this process through a queue, so that no request waits for its reader."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, StderrHandler):
            handler.setStream(LogQueue(handler.loss))


class StderrHandler(logging.StreamHandler[Any]):
    """Write to stderr: at once, or after `never_wait` through a queue."""

    def close(self) -> None:
        """Wait at most `PATIENCE` for the last lines."""
        if isinstance(self.stream, LogQueue):
            self.stream.drain(PATIENCE)
        super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Name the place of a line that cannot be formatted, without its arguments (secrets)."""
        error = type(sys.exception()).__name__
        with suppress(OSError, ValueError):
            self.stream.write(f"ERROR {record.name}:{record.lineno} cannot be logged: {error}\n")

    def loss(self, number: int) -> str:
        """Return the line that says how many lines are lost."""
        words = f"{number} lines of the log are lost: nobody read them in time"
        values = {"name": __name__, "levelname": "WARNING", "msg": words}
        return self.format(logging.makeLogRecord(values)) + self.terminator


class LogQueue:
    """A stream whose lines one daemon thread writes; lines that do not fit are counted and lost.

    `logging.handlers.QueueListener` is not suitable. It waits forever for stderr when it stops, its
    thread does not survive a fork, and a signal handler may not use its queue.
    """

    def __init__(
        self, loss: Callable[[int], str], descriptor: int = STDERR, room: int = ROOM
    ) -> None:
        self._loss, self._descriptor, self._room = loss, descriptor, room
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """Start empty, also in a forked child: its parent writes the lines of before."""
        self._changed = threading.Condition(threading.RLock())  # a signal handler may log, too
        self._waiting = bytearray()
        self._lost = 0
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> None:
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
        """Wait until all is written, at most `seconds`. Tell whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                lines, lost = bytes(self._waiting), self._lost
            is_written = self._write_all(lines + (self._loss(lost).encode() if lost else b""))
            with self._changed:
                del self._waiting[: len(lines)]
                self._lost += -lost if is_written else lines.count(b"\n")
                self._changed.notify_all()
            time.sleep(REST)

    def _write_all(self, lines: bytes) -> bool:
        """Write all, however long that takes. Return False if that fails."""
        while lines:
            try:
                lines = lines[os.write(self._descriptor, lines) :]
            except BlockingIOError:
                with suppress(OSError):  # then the next attempt fails, too
                    select.select([], [self._descriptor], [], POLL)
            except OSError:
                return False
        return True
