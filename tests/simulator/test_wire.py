"""What holds a connection lets it go: when the peer hangs up, and when the time is over."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from simulator import wire

HELD = pytest.mark.parametrize(
    "write",
    [wire.dripped_headers, wire.dripped_body, wire.endless],
    ids=lambda write: write.__name__,
)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@HELD
def test_ends_when_the_peer_hangs_up(
    pair: tuple[socket.socket, socket.socket], write: wire.Write
) -> None:
    ours, theirs = pair
    thread = _written(write, ours)
    assert theirs.recv(8) == b"HTTP/1.1"
    theirs.close()
    thread.join(5)
    assert not thread.is_alive()


@HELD
def test_ends_by_itself_when_the_peer_stays_and_does_not_read(
    pair: tuple[socket.socket, socket.socket], write: wire.Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SECONDS", 0.3)
    thread = _written(write, pair[0])
    thread.join(5)
    assert not thread.is_alive()


def _written(write: wire.Write, connection: socket.socket) -> threading.Thread:
    """Run as the server does, which does not mind a peer that is gone."""

    def run() -> None:
        with suppress(OSError):
            write(connection)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
