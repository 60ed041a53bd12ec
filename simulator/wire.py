"""Responses that are no complete HTTP message: dripped, endless, garbled or cut off."""

import os
import socket
import struct
import time
from collections.abc import Callable, Iterator

from django.http import HttpResponse

SECONDS = 30  # the longest that a connection is held, whatever its peer does
INTERVAL = 0.25  # seconds between two drops
BLOCK = b"0" * 2**16
BLOCKS = 300 * 2**20 // len(BLOCK)  # 300 MB in all

Write = Callable[[socket.socket], None]


class RawResponse(HttpResponse):
    """A response that writes to the connection itself. `server.py` passes it, then closes it."""

    def __init__(self, write: Write) -> None:
        super().__init__()
        self.write_to = write


def dripped_headers(connection: socket.socket) -> None:
    """Begin a response whose headers never end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    _drip(connection, b"drop ")


def dripped_body(connection: socket.socket) -> None:
    """Announce some JSON and send it a blank at a time (RFC 8259 §2)."""
    connection.sendall(_head("Content-Length: 65536") + b"{")
    _drip(connection, b" ")


def endless(connection: socket.socket) -> None:
    """Send JSON of 300 MB, whose length is not announced (RFC 9112 §6.3)."""
    end = time.monotonic() + SECONDS
    connection.settimeout(SECONDS)
    connection.sendall(_head("Connection: close") + b'{"access_token": "')
    for _ in range(BLOCKS):
        if time.monotonic() > end:
            break
        connection.sendall(BLOCK)


def no_http(connection: socket.socket) -> None:
    """Respond in another protocol."""
    connection.sendall(b"220 mail.example ESMTP ready\r\n")


def reset(connection: socket.socket) -> None:
    """Respond with a TCP reset: close the connection without lingering (socket(7), SO_LINGER)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


def _head(*lines: str) -> bytes:
    head = ("HTTP/1.1 200 OK", "Content-Type: application/json", *lines, "", "")
    return "\r\n".join(head).encode()


def _drip(connection: socket.socket, drop: bytes) -> None:
    """Send drops until the peer hangs up or the time is over."""
    for _ in _ticks():
        connection.sendall(drop)


def _ticks() -> Iterator[None]:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        time.sleep(INTERVAL)
        yield
