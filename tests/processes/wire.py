"""A connection to a site of which a test writes and reads every byte."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.message import Message
from http.client import HTTPResponse
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

from tests.conftest import HOST
from tests.processes.site import PATIENCE, Site


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes


class Wire:
    """One connection. `small` leaves hardly any room for bytes that are not read.

    `name` is what a Unix socket of ours is called.
    """

    def __init__(self, site: Site, *, small: bool = False, name: str = "") -> None:
        family = socket.AF_UNIX if site.url.startswith("/") else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(PATIENCE)
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if name:
            self.socket.bind(name)
        at = urlsplit(site.url)
        self.socket.connect(site.url if family == socket.AF_UNIX else (at.hostname, at.port))
        self._file: BinaryIO = self.socket.makefile("rb")

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, *lines: str, body: bytes = b"") -> "Wire":
        """Send a head of these lines with the site's host, and a body."""
        return self.write("\r\n".join([*lines, f"Host: {HOST}", "", ""]).encode("latin-1") + body)

    def write(self, data: bytes) -> "Wire":
        self.socket.sendall(data)
        return self

    def answer(self, method: str = "GET") -> Answer:
        """Read one response, and nothing of what comes after it."""
        response = HTTPResponse(_Readable(self._file), method=method)  # type: ignore[arg-type]
        response.begin()
        return Answer(response.status, response.headers, response.read())

    def line(self) -> bytes:
        return self._file.readline()

    def rest(self) -> bytes:
        """Read until the site closes the connection."""
        return self._file.read()


class _Readable:
    """What `HTTPResponse` takes for a socket. Closing it leaves the connection open."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def makefile(self, *_: Any) -> "_Readable":
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def close(self) -> None:
        """Leave it open."""


@contextmanager
def wires(site: Site, number: int, *, small: bool = False) -> Iterator[list[Wire]]:
    """Open so many connections, until the block ends."""
    with ExitStack() as opened:
        yield [opened.enter_context(Wire(site, small=small)) for _ in range(number)]
