import socket
from collections.abc import Iterator
from time import monotonic

import pytest

from outgoing import deadline
from outgoing.watchdog import CALL_SECONDS, Call, calling, current_call, seconds_left


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(2)
    with ours, theirs:
        yield ours, theirs


def test_gives_a_call_its_own_deadline() -> None:
    with calling():
        assert CALL_SECONDS - 1 < seconds_left() <= CALL_SECONDS


def test_shares_one_deadline_among_calls() -> None:
    with deadline(3):
        with calling() as first:
            pass
        with calling() as second:
            pass
    assert first.at == pytest.approx(second.at, abs=0.001)


@pytest.mark.parametrize(("outer", "inner"), [(3, 7), (7, 3)])
def test_lets_the_earlier_of_two_deadlines_win(outer: float, inner: float) -> None:
    with deadline(outer), deadline(inner), calling():
        assert 2 < seconds_left() <= 3


def test_forgets_a_deadline_after_its_block() -> None:
    with deadline(1):
        pass
    with calling():
        assert seconds_left() > 5


def test_knows_the_call_only_while_it_lasts() -> None:
    with calling() as call:
        assert current_call.get() is call
    assert current_call.get(None) is None


def test_cuts_a_blocked_read_at_the_deadline(pair: tuple[socket.socket, socket.socket]) -> None:
    began = monotonic()
    with deadline(0.1), calling() as call:
        call.watch(pair[0])
        assert pair[0].recv(1) == b""
    assert call.is_over
    assert monotonic() - began < 1


def test_cuts_the_earliest_of_several_calls_first(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    with calling(), deadline(5), calling(), deadline(0.1), calling() as call:
        call.watch(pair[0])
        assert pair[0].recv(1) == b""


def test_cuts_a_connection_that_is_made_too_late(pair: tuple[socket.socket, socket.socket]) -> None:
    call = Call(monotonic())
    call.cut()
    call.watch(pair[0])
    assert pair[0].recv(1) == b""
    assert call.unwatch()


def test_leaves_a_connection_alone_that_is_no_longer_watched(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    call = Call(monotonic())
    call.watch(pair[0])
    assert not call.unwatch()
    call.cut()
    pair[1].sendall(b"x")
    assert pair[0].recv(1) == b"x"


def test_watches_only_the_connection_that_came_last(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    call = Call(monotonic())
    call.watch(pair[1])
    call.watch(pair[0])
    call.cut()
    assert call.unwatch()
    assert pair[0].recv(1) == b""


def test_does_not_mind_a_connection_that_is_gone() -> None:
    call = Call(monotonic())
    with socket.socket() as never_connected:
        call.watch(never_connected)
        call.cut()
    assert call.unwatch()
