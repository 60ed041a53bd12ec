"""Logs of one line an event, whatever a provider or a visitor put into it.

Commands write to stderr themselves. A process that answers requests does so through a queue.
"""

import logging
import re
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any

from config.log_queue import LogQueue

# Line breaks, terminal escapes and marks that turn the reading direction (CWE-117).
UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
PATIENCE = 2  # seconds for the last lines of a process that ends
LOSS = "%d lines of the log are lost: nobody read them in time"
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class OneLineFormatter(logging.Formatter):
    """Escape what could forge a line; a traceback keeps its lines, each indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        return UNPRINTABLE.sub(_escape, super().formatMessage(record))

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's own name
        lines = super().formatException(ei).splitlines()
        return "\n".join("  " + UNPRINTABLE.sub(_escape, line) for line in lines)


class StderrHandler(logging.StreamHandler[Any]):
    """Write to stderr: at once, or after `never_wait` through a queue."""

    def never_wait(self, queue: LogQueue | None = None) -> None:
        self.setStream(queue or LogQueue(self._loss))

    def close(self) -> None:
        """Give what still waits a moment: the process ends."""
        if isinstance(self.stream, LogQueue):
            self.stream.drain(PATIENCE)
        super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Say where a line could not be made. Its arguments, which may be secret, stay out."""
        error = type(sys.exception()).__name__
        with suppress(OSError, ValueError):
            self.stream.write(f"ERROR {record.name}:{record.lineno} cannot be logged: {error}\n")

    def _loss(self, number: int) -> str:
        about = {"name": __name__, "levelname": "WARNING", "msg": LOSS, "args": (number,)}
        return self.format(logging.makeLogRecord(about)) + self.terminator


def never_wait() -> None:
    """Have no request of this process wait for whoever reads its log."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, StderrHandler):
            handler.never_wait()


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
