"""Threads for the event loop: who gets the next work, and what happens when there are no more."""

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

import pytest

from config.threads import Computed, Threads

PATIENCE = 5  # seconds


class Work:
    """Work that goes on until the test lets it end."""

    def __init__(self, threads: Threads) -> None:
        self.may_end = threading.Event()
        self.done: SimpleQueue[Computed] = SimpleQueue()
        threads.do(self._do, None, self.done.put)

    def _do(self, _: None) -> str:
        self.may_end.wait(PATIENCE)
        return threading.current_thread().name

    def end(self) -> object:
        self.may_end.set()
        return self.done.get(timeout=PATIENCE).value


def result(threads: Threads, what: Callable[[object], object], value: object) -> Computed:
    done: SimpleQueue[Computed] = SimpleQueue()
    threads.do(what, value, done.put)
    return done.get(timeout=PATIENCE)


def wait_for_rest(threads: Threads, number: int) -> None:
    until = time.monotonic() + PATIENCE
    while len(threads._resting) < number:
        assert time.monotonic() < until
        time.sleep(0.001)


def fail(*_: object) -> None:
    raise RuntimeError("no more threads")


def test_the_thread_that_has_rested_least_gets_the_next_work() -> None:
    threads = Threads(2)
    first, second = Work(threads), Work(threads)
    for number, work in enumerate((first, second), start=1):
        work.end()
        wait_for_rest(threads, number)
    last = threads._resting[-1]
    for _ in range(3):
        assert result(threads, lambda value: value, 7).value == 7
        wait_for_rest(threads, 2)
        assert threads._resting[-1] is last


def test_work_waits_when_all_threads_are_busy() -> None:
    threads = Threads(1)
    first, second = Work(threads), Work(threads)
    assert len(threads._waiting) == 1
    first.end()
    second.end()
    assert threads._number == 1


def test_an_error_goes_to_whoever_waits_and_the_thread_goes_on() -> None:
    threads = Threads(1)
    failed = result(threads, fail, None)
    assert (str(failed.error), failed.value) == ("no more threads", None)
    assert result(threads, str, 7).value == "7"
    assert threads._number == 1


def test_without_any_thread_work_is_refused_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads(2)
    monkeypatch.setattr(threading.Thread, "start", fail)
    with pytest.raises(RuntimeError, match="no more threads"):
        threads.do(str, 7, print)
    assert not threads._waiting
    assert threads._number == 0


def test_when_no_more_threads_start_the_others_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads(2)
    first = Work(threads)
    monkeypatch.setattr(threading.Thread, "start", fail)
    second = Work(threads)
    first.end()
    second.end()
    assert threads._number == 1
