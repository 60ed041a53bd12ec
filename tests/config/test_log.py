import logging
import sys

import pytest

from config.log import OneLineFormatter


def written(message: str, *args: object, error: BaseException | None = None) -> str:
    """Return what the log gets for a message."""
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("signet", logging.INFO, "x.py", 1, message, args, exc_info)
    return OneLineFormatter("%(levelname)s %(message)s").format(record)


@pytest.mark.parametrize(
    ("hostile", "escaped"),
    [
        ("\n", "\\u000a"),
        ("\r\n", "\\u000d\\u000a"),
        ("\x1b[31m", "\\u001b[31m"),
        ("\x9b31m", "\\u009b31m"),
        ("\x85", "\\u0085"),
        ("\0", "\\u0000"),
        ("\u2028", "\\u2028"),
        ("\u202e", "\\u202e"),
        ("\u2066", "\\u2066"),
        ("\u061c", "\\u061c"),
    ],
    ids=["line", "CRLF", "escape", "CSI", "NEL", "NUL", "LS", "RLO", "LRI", "ALM"],
)
def test_an_event_stays_one_line_of_text(hostile: str, escaped: str) -> None:
    assert written("name=%s!", f"a{hostile}b") == f"INFO name=a{escaped}b!"


def test_ordinary_text_is_left_alone() -> None:
    assert (
        written("Zo\u00eb \u963f\u91cc\u65af \U0001f600")
        == "INFO Zo\u00eb \u963f\u91cc\u65af \U0001f600"
    )


def test_a_traceback_keeps_its_lines_and_none_of_them_looks_like_an_event() -> None:
    try:
        raise ValueError("first\n2026-01-01 INFO forged\u202e")
    except ValueError:
        error = sys.exc_info()[1]
    first, *lines = written("failed", error=error).splitlines()
    assert first == "INFO failed"
    assert len(lines) >= 4
    assert all(line.startswith("  ") for line in lines)
    assert "\u202e" not in "".join(lines)
