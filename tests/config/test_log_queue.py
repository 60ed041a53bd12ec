import os
import threading
from collections.abc import Iterator

import pytest

from config.log_queue import LogQueue

PATIENCE = 20  # seconds


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
    assert sum(losses) + len(lines) - len(losses) == 101


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
