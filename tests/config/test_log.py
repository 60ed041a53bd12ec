import logging
import os
import sys
from collections.abc import Iterator

import pytest

from config.log import OneLineFormatter, StderrHandler, never_wait
from config.log_queue import LogQueue


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


# Where it goes


@pytest.fixture
def handler() -> Iterator[StderrHandler]:
    handler = StderrHandler()
    handler.setFormatter(OneLineFormatter("%(levelname)s %(name)s %(message)s"))
    yield handler
    handler.close()


def record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("signet", logging.INFO, "x.py", 7, message, args, None)


def test_a_command_writes_to_stderr_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    handler = StderrHandler()
    handler.emit(record("hello"))
    assert capsys.readouterr().err == "hello\n"


def test_a_process_that_answers_writes_through_a_queue_to_the_end(handler: StderrHandler) -> None:
    reader, writer = os.pipe()
    handler.never_wait(LogQueue(handler._loss, writer))
    handler.handle(record("hello"))
    handler.close()
    assert os.read(reader, 100) == b"INFO signet hello\n"


def test_what_is_lost_is_said_in_a_line_like_any_other(handler: StderrHandler) -> None:
    words = "lines of the log are lost: nobody read them in time"
    assert handler._loss(3) == f"WARNING config.log 3 {words}\n"


def test_a_line_that_cannot_be_made_is_named_without_its_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    StderrHandler().handle(record("%d", "hunter2"))
    assert capsys.readouterr().err == "ERROR signet:7 cannot be logged: TypeError\n"


def test_every_log_of_the_site_is_switched_to_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, other = StderrHandler(), logging.NullHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [ours, other])
    never_wait()
    assert isinstance(ours.stream, LogQueue)
