"""How many visitors one provider may keep waiting."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import BoundedSemaphore
from time import monotonic, sleep

import pytest

from oauth_client.errors import ErrorCode, OutgoingError
from oauth_client.outgoing.slots import FLOOR, FLOWING, PATIENCE, PROMPT, Slots, shared_places

SHARED = 8
MOST = FLOOR + SHARED


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shared() -> BoundedSemaphore:
    return BoundedSemaphore(SHARED)


@pytest.fixture
def slots(shared: BoundedSemaphore, clock: Clock) -> Slots:
    return Slots(shared, clock)


@contextmanager
def held(slots: Slots, count: int) -> Iterator[None]:
    with ExitStack() as calls:
        for _ in range(count):
            calls.enter_context(slots.one("op.example"))
        yield


def refusal(slots: Slots) -> OutgoingError:
    with pytest.raises(OutgoingError) as refused, slots.one("op.example"):
        pass
    return refused.value


def call(slots: Slots, clock: Clock, seconds: float, error: type[Exception] | None = None) -> None:
    """Make one call that takes so long, and may fail."""
    with slots.one("op.example"):
        clock.now += seconds
        if error:
            raise error


def test_a_provider_that_answers_may_have_many_visitors(slots: Slots, clock: Clock) -> None:
    call(slots, clock, PROMPT)
    with held(slots, MOST):
        assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_a_slow_answer_leaves_few_places(slots: Slots, clock: Clock) -> None:
    call(slots, clock, PROMPT + 0.1)
    with held(slots, FLOOR):
        assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_an_answer_that_is_a_failure_is_prompt_all_the_same(slots: Slots, clock: Clock) -> None:
    with pytest.raises(ConnectionError):
        call(slots, clock, 0.1, ConnectionError)
    with held(slots, MOST):
        assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_each_prompt_answer_gives_a_place_back(slots: Slots, clock: Clock) -> None:
    call(slots, clock, PROMPT + 0.1)
    for _ in range(3):
        call(slots, clock, 0.1)
    with held(slots, FLOOR + 3):
        assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_a_call_that_hangs_counts_before_it_ends(slots: Slots, clock: Clock) -> None:
    with held(slots, FLOOR):
        clock.now += PROMPT + 0.1
        assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_one_too_many_waits_for_a_place_that_is_free_in_a_moment(slots: Slots) -> None:
    with ThreadPoolExecutor(1) as threads:
        with held(slots, MOST):
            late = threads.submit(lambda: call(slots, Clock(), 0))
            sleep(0.05)
        late.result()


def test_one_too_many_does_not_wait_where_answers_take_their_time(
    slots: Slots, clock: Clock
) -> None:
    with held(slots, MOST):
        clock.now += FLOWING + 0.1
        began = monotonic()
        refusal(slots)
        assert monotonic() - began < PATIENCE


def test_the_refusal_names_the_host_and_no_more(slots: Slots) -> None:
    with held(slots, MOST):
        assert refusal(slots).detail == f"op.example: {MOST} calls in flight"


def test_what_one_provider_has_taken_of_the_shared_places_another_cannot(
    slots: Slots, shared: BoundedSemaphore, clock: Clock
) -> None:
    other = Slots(shared, clock)
    with held(slots, MOST), held(other, FLOOR):
        assert refusal(other).code == ErrorCode.PROVIDER_BUSY
    with held(other, MOST):
        pass


@pytest.mark.parametrize("threads", [16, 32])
def test_two_providers_that_hang_at_once_leave_four_threads(threads: int) -> None:
    places = shared_places(-threads, threads)
    taken = 0
    while places.acquire(blocking=False):
        taken += 1
    assert 2 * FLOOR + taken == threads - 4
    assert shared_places(-threads, threads) is places


def test_a_process_of_few_threads_shares_no_place() -> None:
    assert not shared_places(-4, 4).acquire(blocking=False)
