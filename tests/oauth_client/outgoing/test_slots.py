"""How many visitors one provider may keep waiting."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from time import monotonic, sleep

import pytest

from oauth_client.errors import ErrorCode, OutgoingError
from oauth_client.outgoing.slots import FLOOR, FLOWING, PATIENCE, PROMPT, Slots, ceiling

CEILING = 12


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slots(clock: Clock) -> Slots:
    return Slots(CEILING, clock)


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
    with held(slots, CEILING):
        assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_a_slow_answer_leaves_few_places(slots: Slots, clock: Clock) -> None:
    call(slots, clock, PROMPT + 0.1)
    with held(slots, FLOOR):
        assert refusal(slots).code == ErrorCode.PROVIDER_BUSY


def test_a_failure_leaves_few_places(slots: Slots, clock: Clock) -> None:
    with pytest.raises(ConnectionError):
        call(slots, clock, 0.1, ConnectionError)
    with held(slots, FLOOR):
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
        with held(slots, CEILING):
            late = threads.submit(lambda: call(slots, Clock(), 0))
            sleep(0.05)
        late.result()


def test_one_too_many_does_not_wait_where_answers_take_their_time(
    slots: Slots, clock: Clock
) -> None:
    with held(slots, CEILING):
        clock.now += FLOWING + 0.1
        began = monotonic()
        refusal(slots)
        assert monotonic() - began < PATIENCE


def test_the_refusal_names_the_host_and_no_more(slots: Slots) -> None:
    with held(slots, CEILING):
        assert refusal(slots).detail == f"op.example: {CEILING} calls in flight"


@pytest.mark.parametrize(("threads", "calls"), [(1, 4), (4, 4), (16, 12), (32, 28)])
def test_four_threads_are_left_to_other_providers(threads: int, calls: int) -> None:
    assert ceiling(threads) == calls
