import logging
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from config.log import LogQueue, OneLineFormatter, StderrHandler, never_wait

PATIENCE = 20  # seconds


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
    handler.setStream(LogQueue(handler.loss, writer))
    handler.handle(record("hello"))
    handler.close()
    assert os.read(reader, 100) == b"INFO signet hello\n"


def test_what_is_lost_is_said_in_a_line_like_any_other(handler: StderrHandler) -> None:
    words = "lines of the log are lost: nobody read them in time"
    assert handler.loss(3) == f"WARNING config.log 3 {words}\n"


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


# The queue


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Return both ends of a pipe as small as one can be."""
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


def loss(number: int) -> str:
    return f"{number} lost\n"


def fill(writer: int) -> int:
    """Fill a pipe to the last byte, and return how many those are."""
    os.set_blocking(writer, False)
    size = 0
    try:
        while True:
            size += os.write(writer, b"x")
    except BlockingIOError:
        os.set_blocking(writer, True)
        return size


def read(reader: int, size: int) -> bytes:
    got = b""
    while len(got) < size:
        got += os.read(reader, size - len(got))
    return got


def test_what_is_read_is_written_in_order(pipe: tuple[int, int]) -> None:
    queue = LogQueue(loss, pipe[1])
    for line in ("one\n", "tw\u00f6\n", "\ud800\n"):
        queue.write(line)
    assert queue.drain(PATIENCE)
    assert os.read(pipe[0], 100).decode() == "one\ntw\u00f6\n\\ud800\n"


@pytest.mark.parametrize("is_blocking", [True, False], ids=["blocking", "not blocking"])
def test_nobody_waits_for_a_reader_and_what_is_lost_is_counted(
    pipe: tuple[int, int], is_blocking: bool
) -> None:
    size = fill(pipe[1])
    os.set_blocking(pipe[1], is_blocking)
    queue = LogQueue(loss, pipe[1], room=20)
    queue.write("first\n")  # on its way, or waiting with the others
    for number in range(100):
        queue.write(f"line {number:4}\n")
    assert not queue.drain(0.01)
    read(pipe[0], size)
    assert queue.drain(PATIENCE)
    lines = os.read(pipe[0], 1000).decode().splitlines()
    losses = [int(line.split()[0]) for line in lines if line.endswith("lost")]
    assert lines[:2] == ["first", "line    0"]
    untold = queue._lost  # since the thread looked; the next line tells of them
    assert sum(losses) + untold + len(lines) - len(losses) == 101


def test_what_cannot_be_written_is_counted_and_told_later(pipe: tuple[int, int]) -> None:
    closed = os.dup(pipe[1])
    queue = LogQueue(loss, closed)
    os.close(closed)
    queue.write("lost\nlost\n")
    assert queue.drain(PATIENCE)
    os.dup2(pipe[1], closed)
    queue.write("kept\n")
    assert queue.drain(PATIENCE)
    os.close(closed)
    assert os.read(pipe[0], 100) == b"kept\n2 lost\n"


def test_a_signal_handler_may_log_in_the_middle_of_a_line(pipe: tuple[int, int]) -> None:
    queue = LogQueue(loss, pipe[1])
    with queue._changed:
        queue.write("from the handler\n")
    assert queue.drain(PATIENCE)


def test_a_forked_child_begins_with_nothing(pipe: tuple[int, int]) -> None:
    queue = LogQueue(loss, pipe[1])
    queue.write("the parent's\n")
    assert queue.drain(PATIENCE)
    os.read(pipe[0], 100)
    with queue._changed:
        queue._waiting += b"waits in the parent\n"
        queue._begin()  # what a fork calls in the child
    queue.write("the child's\n")
    assert queue.drain(PATIENCE)
    assert os.read(pipe[0], 100) == b"the child's\n"


def test_one_thread_writes_for_many(pipe: tuple[int, int]) -> None:
    queue = LogQueue(loss, pipe[1])
    threads = [threading.Thread(target=queue.write, args=(f"{n}\n",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue.drain(PATIENCE)
    assert sorted(map(int, os.read(pipe[0], 1000).split())) == list(range(20))
