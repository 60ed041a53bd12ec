import threading
from collections.abc import Callable

import pytest

from oauth_client.errors import ErrorCode, OutgoingError, SignInError
from oauth_client.remembered import Remembered


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
    return Remembered(source, 3600, clock)


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


def test_many_waiters_cause_one_fetch(clock: Clock) -> None:
    fetching, waiting = threading.Event(), threading.Event()
    fetched: list[int] = []

    def fetch() -> int:
        fetched.append(1)
        fetching.set()
        waiting.wait(5)
        return 7

    document = Remembered(fetch, 3600, clock)

    def let_go() -> None:
        fetching.wait(5)
        waiting.set()

    answers = _in_threads(4, document.get, before_joining=let_go)
    assert answers == [7] * 4
    assert fetched == [1]


def test_few_wait_for_a_document_that_does_not_come(clock: Clock) -> None:
    fetching, answered = threading.Event(), threading.Event()
    refused: list[SignInError] = []

    def fetch() -> int:
        fetching.set()
        answered.wait(5)
        return 7

    document = Remembered(fetch, 3600, clock)

    def ask() -> int:
        try:
            return document.get()
        except SignInError as error:
            refused.append(error)
            return 0

    def wait_for_refusals() -> None:
        while len(refused) < 12:
            fetching.wait(0.01)
        answered.set()

    answers = _in_threads(16, ask, before_joining=wait_for_refusals)
    assert sorted(answers) == [0] * 12 + [7] * 4
    assert {error.code for error in refused} == {ErrorCode.PROVIDER_BUSY}


def test_whoever_needs_a_newer_one_waits_for_the_fetch_under_way(clock: Clock) -> None:
    document, fetching, answered = _document_in_two_versions(clock)
    document.get()
    clock.now += 60

    def let_go() -> None:
        fetching.wait(5)
        answered.set()

    answers = _in_threads(32, lambda: document.get_newer(clock.now, 60), before_joining=let_go)
    assert answers == [2] * 32


def test_one_too_many_to_wait_for_a_newer_one_has_the_one_in_use(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oauth_client.remembered.MAX_WAITING_FOR_NEWER", 0)
    document, fetching, answered = _document_in_two_versions(clock)
    document.get()
    clock.now += 60

    def ask() -> None:
        fetching.wait(5)
        assert document.get_newer(clock.now, 60) == 1
        answered.set()

    assert _in_threads(1, lambda: document.get_newer(clock.now, 60), before_joining=ask) == [2]


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


def test_a_stale_one_is_served_while_it_is_fetched_again(clock: Clock) -> None:
    fetching, served = threading.Event(), threading.Event()
    values = iter([1, 2])

    def fetch() -> int:
        value = next(values)
        if value == 2:
            fetching.set()
            served.wait(5)
        return value

    document = Remembered(fetch, 3600, clock)
    document.get()
    clock.now += 3600

    def serve() -> None:
        fetching.wait(5)
        assert document.get() == 1
        served.set()

    assert _in_threads(1, document.get, before_joining=serve) == [2]


def test_waiting_for_another_fetch_ends(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oauth_client.remembered.WAIT", 0.05)
    fetching, refused = threading.Event(), threading.Event()

    def fetch() -> int:
        fetching.set()
        refused.wait(5)
        return 1

    document = Remembered(fetch, 3600, clock)

    def wait_in_vain() -> None:
        fetching.wait(5)
        with pytest.raises(SignInError, match="another request's fetch"):
            document.get()
        refused.set()

    assert _in_threads(1, document.get, before_joining=wait_in_vain) == [1]


def _document_in_two_versions(
    clock: Clock,
) -> tuple[Remembered[int], threading.Event, threading.Event]:
    """Return a document whose second version is fetched as long as nobody lets it be answered."""
    fetching, answered = threading.Event(), threading.Event()
    values = iter([1, 2])

    def fetch() -> int:
        value = next(values)
        if value == 2:
            fetching.set()
            answered.wait(5)
        return value

    return Remembered(fetch, 3600, clock), fetching, answered


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
