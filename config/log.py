"""Logs of one line an event, whatever a provider or a visitor put into it."""

import logging
import re
from types import TracebackType

# Line breaks, terminal escapes and marks that turn the reading direction (CWE-117).
UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class OneLineFormatter(logging.Formatter):
    """Escape what could forge a line; a traceback keeps its lines, each indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        return UNPRINTABLE.sub(_escape, super().formatMessage(record))

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's own name
        lines = super().formatException(ei).splitlines()
        return "\n".join("  " + UNPRINTABLE.sub(_escape, line) for line in lines)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
