import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from web.turns import Turns

SOON = 5  # seconds; longer than anything here takes


class Crowd:
    """Threads that take turns, one after the other asking first."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.came: list[int] = []
        self.threads: list[threading.Thread] = []

    def ask(self, do: Callable[[], object] = int) -> None:
        """Let one more thread ask for a turn, and wait until it has it or stands in the queue."""
        number, asked = len(self.threads), len(self.turns._waiting)

        def compute() -> None:
            with self.turns.one():
                self.came.append(number)
                do()

        thread = threading.Thread(target=compute, daemon=True)
        self.threads.append(thread)
        thread.start()
        until = time.monotonic() + SOON
        while time.monotonic() < until:
            if number in self.came or len(self.turns._waiting) > asked:
                return
            time.sleep(0.001)
        pytest.fail("a thread has not asked")

    def end(self) -> None:
        for thread in self.threads:
            thread.join(SOON)
        assert not any(thread.is_alive() for thread in self.threads)


@contextmanager
def crowd(most: int, patience: float = SOON) -> Iterator[tuple[Crowd, threading.Event]]:
    people, go_on = Crowd(Turns(most, patience)), threading.Event()
    with ExitStack() as stack:
        stack.callback(people.end)
        stack.callback(go_on.set)
        yield people, go_on


def test_threads_compute_in_the_order_in_which_they_asked() -> None:
    with crowd(most=1) as (people, go_on):
        people.ask(lambda: go_on.wait(SOON))
        for _ in range(5):
            people.ask()
        assert people.came == [0]
    assert people.came == [0, 1, 2, 3, 4, 5]


def test_several_have_a_turn_at_once() -> None:
    with crowd(most=2) as (people, go_on):
        for _ in range(3):
            people.ask(lambda: go_on.wait(SOON))
        assert people.came == [0, 1]


def test_another_computes_while_one_waits_for_somebody_else() -> None:
    with crowd(most=1) as (people, go_on):

        def wait() -> None:
            with people.turns.left():
                go_on.wait(SOON)

        people.ask(wait)
        people.ask()
        assert people.came == [0, 1]


def test_who_comes_back_waits_for_a_turn() -> None:
    back: list[bool] = []
    answered = threading.Event()
    with crowd(most=1) as (people, go_on):

        def wait() -> None:
            with people.turns.left():
                answered.wait(SOON)
            back.append(go_on.is_set())

        people.ask(wait)
        people.ask(lambda: go_on.wait(SOON))
        answered.set()
        time.sleep(0.05)
        assert not back
    assert back == [True]


def test_who_has_no_turn_has_none_to_leave() -> None:
    turns = Turns(1)
    with turns.left(), turns.one():
        assert turns._free == 0
    assert turns._free == 1


def test_nobody_waits_for_ever_for_those_who_compute() -> None:
    with crowd(most=1, patience=0.01) as (people, go_on):
        people.ask(lambda: go_on.wait(SOON))
        people.ask(lambda: go_on.wait(SOON))
        until = time.monotonic() + SOON
        while people.came != [0, 1] and time.monotonic() < until:
            time.sleep(0.001)
        assert people.came == [0, 1]
    assert people.turns._free == 1


def test_a_turn_that_comes_just_when_patience_ends_is_not_counted_twice() -> None:
    turns = Turns(1)
    turns._go_on_without(threading.Lock())  # not waiting any more: the turn has come
    assert turns._free == 1


def test_a_failure_gives_the_turn_back() -> None:
    turns = Turns(1)
    with pytest.raises(ValueError, match="no"), turns.one():
        raise ValueError("no")
    assert turns._free == 1


def test_who_went_on_out_of_turn_counts_as_one_who_computes() -> None:
    with crowd(most=1, patience=0.05) as (people, go_on):
        people.ask(lambda: go_on.wait(SOON))
        people.ask(lambda: go_on.wait(SOON))
        until = time.monotonic() + SOON
        while people.turns._free != -1 and time.monotonic() < until:
            time.sleep(0.001)
        people.turns._patience = SOON
        people.ask()
        assert 2 not in people.came
    assert people.turns._free == 1
