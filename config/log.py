"""Logs of one line an event, whatever a provider or a visitor put into it."""

import logging
import re

# Line breaks, terminal escapes and marks that turn the reading direction (CWE-117).
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class OneLineFormatter(logging.Formatter):
    """Escape what could forge a line; a traceback keeps its lines, each indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        return UNPRINTABLE.sub(_escape, super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # type: ignore[override]  # noqa: N802
        lines = super().formatException(ei).splitlines()  # type: ignore[arg-type]
        return "\n".join("  " + UNPRINTABLE.sub(_escape, line) for line in lines)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
