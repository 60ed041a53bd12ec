"""How many threads one provider may keep."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from threading import Event

import pytest

from outgoing import deadline
from outgoing.slots import FLOOR, MEMORY, SILENCE, Slots, Threads, shared_threads
from protocol.errors import ErrorCode, OutgoingError

THREADS = 32
MOST = FLOOR + Threads(THREADS).free
SHARE = Threads(THREADS).share


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def threads() -> Threads:
    return Threads(THREADS)


@pytest.fixture
def slots(threads: Threads, clock: Clock) -> Slots:
    return Slots(threads, clock)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as executor:
        yield executor


@contextmanager
def held(slots: Slots, count: int) -> Iterator[ExitStack]:
    with ExitStack() as calls:
        for _ in range(count):
            calls.enter_context(slots.one("op.example"))
        yield calls


def refusal(slots: Slots, seconds: float = 10) -> OutgoingError:
    with pytest.raises(OutgoingError) as refused, deadline(seconds), slots.one("op.example"):
        pass
    return refused.value


def call(slots: Slots) -> None:
    with slots.one("op.example"):
        pass


def hang(slots: Slots, clock: Clock) -> None:
    """End a call that got no answer, as the watchdog does."""
    with pytest.raises(TimeoutError), slots.one("op.example"):
        raise TimeoutError


def waiting(slots: Slots, executor: ThreadPoolExecutor) -> "Future[None]":
    """Begin a call that has to wait for its turn."""
    before = len(slots._queue)
    waiter = executor.submit(call, slots)
    while len(slots._queue) == before:
        Event().wait(0.001)
    return waiter


def test_one_call_too_many_waits_for_its_turn(slots: Slots, executor: ThreadPoolExecutor) -> None:
    with held(slots, MOST) as calls:
        waiter = waiting(slots, executor)
        assert not waiter.done()
        calls.pop_all().close()
        assert waiter.result(5) is None


def test_whoever_waits_longest_is_next(slots: Slots, executor: ThreadPoolExecutor) -> None:
    order: list[int] = []

    def note(number: int) -> None:
        with slots.one("op.example"):
            order.append(number)

    with held(slots, MOST):
        for number in range(5):
            executor.submit(note, number)
            while len(slots._queue) == number:
                Event().wait(0.001)
    executor.shutdown()
    assert order == sorted(order)


def test_a_turn_that_does_not_come_in_time_is_refused(threads: Threads) -> None:
    slots = Slots(threads)
    with held(slots, MOST):
        error = refusal(slots, seconds=0.05)
    assert (error.code, error.detail) == (ErrorCode.PROVIDER_BUSY, f"op.example: {MOST} calls")


def test_nobody_waits_for_a_provider_that_owes_all_its_answers(slots: Slots, clock: Clock) -> None:
    with held(slots, MOST):
        clock.now += SILENCE
        assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_whoever_waits_is_refused_once_no_answer_has_come_for_too_long(
    slots: Slots, clock: Clock, executor: ThreadPoolExecutor, threads: Threads
) -> None:
    with held(slots, MOST):
        waiter = waiting(slots, executor)
        clock.now += SILENCE
        with threads.changed:
            threads.changed.notify_all()
        with pytest.raises(OutgoingError, match="provider_busy"):
            waiter.result(5)


def test_an_answer_lets_the_next_ones_wait_again(
    slots: Slots, clock: Clock, executor: ThreadPoolExecutor
) -> None:
    with ExitStack() as hanging, held(slots, 1) as answered:
        for _ in range(MOST - 1):
            hanging.enter_context(slots.one("op.example"))
        clock.now += SILENCE
        answered.pop_all().close()
        call(slots)
        with held(slots, 1):
            waiter = waiting(slots, executor)
            hanging.pop_all().close()
            assert waiter.result(5) is None


def test_a_provider_that_hangs_has_a_share_of_the_threads(slots: Slots, clock: Clock) -> None:
    with held(slots, 1):
        clock.now += SILENCE
        with held(slots, SHARE - 1):
            assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_a_call_that_ends_without_an_answer_proves_nothing(slots: Slots, clock: Clock) -> None:
    with held(slots, SHARE):
        clock.now += SILENCE
        with held(slots, 0):
            refusal(slots)
    with held(slots, 1):
        clock.now += SILENCE
        hang(slots, clock)
        with held(slots, SHARE - 1):
            assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


@contextmanager
def hanging(slots: Slots, clock: Clock, count: int, path: str = "") -> Iterator[None]:
    """Let calls wait for nothing until their deadline."""
    with suppress(TimeoutError), ExitStack() as calls:
        for _ in range(count):
            calls.enter_context(slots.one("op.example", path))
        yield
        clock.now += SILENCE
        raise TimeoutError


def test_a_provider_that_hung_a_moment_ago_gets_no_more_than_its_share(
    slots: Slots, clock: Clock
) -> None:
    for _ in range(3):
        with hanging(slots, clock, SHARE):
            pass
        clock.now += MEMORY - 1
        with hanging(slots, clock, SHARE):
            assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_an_endpoint_that_hung_a_moment_ago_gets_no_more_either(slots: Slots, clock: Clock) -> None:
    with hanging(slots, clock, SHARE, "/userinfo"):
        pass
    call(slots)  # of another endpoint, which answers
    with hanging(slots, clock, SHARE, "/userinfo"), pytest.raises(OutgoingError):
        slots.one("op.example", "/userinfo").__enter__()


def test_a_provider_that_hung_has_all_its_places_once_it_answers(
    slots: Slots, clock: Clock
) -> None:
    with hanging(slots, clock, SHARE):
        pass
    call(slots)
    with held(slots, MOST):
        pass


def test_a_provider_that_hung_long_ago_has_all_its_places(slots: Slots, clock: Clock) -> None:
    with hanging(slots, clock, SHARE, "/userinfo"):
        pass
    clock.now += MEMORY
    with held(slots, MOST):
        pass
    assert not slots._flows


def test_failures_that_come_at_once_are_no_silence(slots: Slots, clock: Clock) -> None:
    for _ in range(10):
        clock.now += SILENCE
        hang(slots, clock)
    with held(slots, MOST):
        pass


def test_nobody_waits_where_an_answer_takes_too_long_to_wait_for_two(
    slots: Slots, clock: Clock
) -> None:
    with held(slots, 1):
        clock.now += SILENCE + 0.1
    with held(slots, MOST):
        assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_what_one_provider_has_taken_of_the_shared_places_another_waits_for(
    slots: Slots, threads: Threads, clock: Clock, executor: ThreadPoolExecutor
) -> None:
    other = Slots(threads, clock)
    with held(slots, MOST), held(other, FLOOR):
        waiter = waiting(other, executor)
    waiter.result(5)
    with held(other, MOST):
        pass


def test_an_endpoint_that_hangs_has_a_share_also_while_another_answers(
    slots: Slots, clock: Clock
) -> None:
    with ExitStack() as hanging:
        for _ in range(SHARE):
            hanging.enter_context(slots.one("op.example", "/userinfo"))
        with slots.one("op.example", "/token"):
            clock.now += SILENCE
        with slots.one("op.example", "/token"):
            pass
        with pytest.raises(OutgoingError), slots.one("op.example", "/userinfo"):
            pass
    assert not slots._flows


@pytest.mark.parametrize(
    ("process_threads", "left"), [(1, 0), (12, 4), (16, 4), (32, 4), (64, 8), (128, 24), (256, 56)]
)
def test_two_providers_that_hang_at_once_leave_threads(process_threads: int, left: int) -> None:
    shared = Threads(process_threads)
    assert max(0, process_threads - 2 * FLOOR - shared.free) == left


def test_a_hundred_visitors_need_no_turn_with_the_default_number_of_threads() -> None:
    assert FLOOR + Threads(128).free >= 100


def test_a_process_has_one_number_of_places_for_all_its_providers() -> None:
    assert shared_threads(16) is shared_threads(16)
