import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from outgoing import deadline
from protocol.errors import ErrorCode, OutgoingError, SignInError
from providers.remembered import Remembered


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Something to fetch, that can break."""

    def __init__(self) -> None:
        self.fetched = 0
        self.broken = False

    def __call__(self) -> int:
        self.fetched += 1
        if self.broken:
            raise OutgoingError(ErrorCode.TIMEOUT, "op.example")
        return self.fetched


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def document(source: Source, clock: Clock) -> Remembered[int]:
    return Remembered(source, clock=clock, in_background=lambda work: work())


def test_is_fetched_again_when_its_lifetime_is_over(
    document: Remembered[int], clock: Clock
) -> None:
    assert (document.get(), document.get()) == (1, 1)
    clock.now += 3600
    assert document.get() == 2


def test_a_newer_one_is_fetched_once_in_the_cooldown(
    document: Remembered[int], clock: Clock
) -> None:
    document.get()
    clock.now += 1
    assert (document.get_newer(clock.now, 60), document.get_newer(clock.now, 60)) == (2, 2)
    clock.now += 59
    assert document.get_newer(clock.now, 60) == 2
    clock.now += 1
    assert document.get_newer(clock.now, 60) == 3


def test_one_that_was_fetched_since_is_new_enough(document: Remembered[int], clock: Clock) -> None:
    document.get()
    assert document.get_newer(clock.now, 60) == 1
    assert document.get_newer(clock.now - 1, 60) == 1


def test_stays_in_use_when_it_cannot_be_fetched_again(
    document: Remembered[int], source: Source, clock: Clock
) -> None:
    document.get()
    source.broken = True
    clock.now += 3600
    assert (document.get(), document.get()) == (1, 1)
    assert source.fetched == 2


def test_a_failure_is_remembered_for_five_seconds(
    document: Remembered[int], source: Source, clock: Clock
) -> None:
    source.broken = True
    for _ in range(3):
        with pytest.raises(SignInError, match="timeout: op.example"):
            document.get()
    assert source.fetched == 1
    source.broken = False
    clock.now += 5
    assert document.get() == 2


class Slow:
    """A source that answers when it is told to, and says when it has been asked."""

    def __init__(self) -> None:
        self.asked, self.answering = threading.Event(), threading.Event()
        self.fetched = 0

    def __call__(self) -> int:
        self.asked.set()
        self.answering.wait(5)
        self.fetched += 1
        return self.fetched


class Places:
    """Count who waits for a document, and let in so many."""

    def __init__(self, most: int = 99) -> None:
        self.most = most
        self.taken = threading.Semaphore(0)

    @contextmanager
    def one(self) -> Iterator[None]:
        self.most -= 1
        if self.most < 0:
            raise OutgoingError(ErrorCode.PROVIDER_BUSY, "op.example")
        self.taken.release()
        yield


def test_many_waiters_cause_one_fetch(clock: Clock) -> None:
    source, places = Slow(), Places()
    document = Remembered(source, places.one, clock)

    def answer() -> None:
        for _ in range(15):
            places.taken.acquire(timeout=5)
        source.answering.set()

    assert _in_threads(16, document.get, before_joining=answer) == [1] * 16
    assert source.fetched == 1


def test_whoever_has_no_place_to_wait_in_is_refused(clock: Clock) -> None:
    source = Slow()
    document = Remembered(source, Places(0).one, clock)

    def find_no_place() -> None:
        source.asked.wait(5)
        with pytest.raises(SignInError, match="provider_busy"):
            document.get()
        source.answering.set()

    assert _in_threads(1, document.get, before_joining=find_no_place) == [1]


def test_whoever_needs_a_newer_one_waits_for_the_fetch_under_way(clock: Clock) -> None:
    source, places = Slow(), Places()
    document = Remembered(source, places.one, clock)
    source.answering.set()
    document.get()
    clock.now += 60
    source.answering.clear()

    def answer() -> None:
        for _ in range(31):
            places.taken.acquire(timeout=5)
        source.answering.set()

    answers = _in_threads(32, lambda: document.get_newer(clock.now, 60), before_joining=answer)
    assert answers == [2] * 32


def test_a_newer_one_is_the_first_where_there_is_none(
    document: Remembered[int], clock: Clock
) -> None:
    assert document.get_newer(clock.now, 60) == 1


def test_a_newer_one_that_cannot_be_fetched_leaves_the_one_in_use(
    document: Remembered[int], source: Source, clock: Clock
) -> None:
    document.get()
    source.broken = True
    clock.now += 60
    assert (document.get_newer(clock.now, 60), document.get_newer(clock.now, 60)) == (1, 1)
    clock.now += 30
    assert document.get() == 1
    assert source.fetched == 2
    clock.now += 3600 - 90
    document.get()
    assert source.fetched == 3


def test_nobody_waits_longer_than_a_sign_in_may_take(clock: Clock) -> None:
    source = Slow()
    document = Remembered(source, clock=clock)

    def wait_in_vain() -> None:
        source.asked.wait(5)
        with pytest.raises(SignInError, match="another request's fetch"), deadline(0.05):
            document.get()
        source.answering.set()

    assert _in_threads(1, document.get, before_joining=wait_in_vain) == [1]


def test_no_visitor_waits_while_a_stale_one_is_fetched_again(clock: Clock) -> None:
    source = Slow()
    document = Remembered(source, clock=clock)
    source.answering.set()
    document.get()
    clock.now += 3600
    source.answering.clear()
    assert [document.get() for _ in range(16)] == [1] * 16
    source.asked.clear()
    source.answering.set()
    while document.get() != 2:
        threading.Event().wait(0.001)
    assert not source.asked.is_set()


def test_a_stale_one_is_fetched_again_where_no_thread_can_be_started(
    source: Source, clock: Clock
) -> None:
    def refuse(work: object) -> None:
        raise RuntimeError("can't start new thread")

    document = Remembered(source, clock=clock, in_background=refuse)
    document.get()
    clock.now += 3600
    assert (document.get(), document.get()) == (2, 2)


def test_a_fault_of_ours_does_not_keep_the_next_one_from_fetching(clock: Clock) -> None:
    values = iter([0, 7])
    document = Remembered(lambda: 1 // next(values), clock=clock)
    with pytest.raises(ZeroDivisionError):
        document.get()
    assert document.get() == 0


def _in_threads(
    count: int, work: Callable[[], int], before_joining: Callable[[], object]
) -> list[int]:
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    before_joining()
    for thread in threads:
        thread.join(10)
    return answers
