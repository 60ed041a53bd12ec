"""Read the requests of one connection, one after the other, on an event loop.

gunicorn's parser reads them. A whole request is collected before anything is computed, so a slow
visitor holds no thread. tests/processes pins what this stands on.
"""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

from django.conf import settings
from gunicorn.asgi.parser import (
    LimitRequestHeaders,
    LimitRequestLine,
    ParseError,
    PythonProtocol,
    UnsupportedTransferCoding,
)

from config import error_pages
from config.exchange import Environ, environ_of, has_controls
from protocol.limits import REQUEST_LINE

if TYPE_CHECKING:
    from config.worker import Worker

HEAD_TIME = 15  # seconds for a head to arrive, from the first moment or the last response
BODY_TIME = 30  # seconds for a body to arrive
MAX_HEAD = 2 * error_pages.MAX_HEADER  # bytes of all headers
MAX_PIECES = 1024  # of a body; each chunk takes the loop's time, however small it is
READ = 2**14  # bytes that are read at once, or wait until the request before is answered
NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.6.2
MAX_KNOWN = 4096  # bytes of a request that is remembered
MAX_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
STATUSES = {LimitRequestLine: 414, LimitRequestHeaders: 431, UnsupportedTransferCoding: 501}


class Parser(PythonProtocol):  # type: ignore[misc]
    """gunicorn's parser, without its look at each byte of a header.

    That took half of its time (measured 2026-11).
    """

    __slots__ = ()

    def _is_valid_token(self, data: bytes) -> bool:
        return bool(NAME.fullmatch(data))

    def _has_invalid_header_chars(self, value: bytes) -> bool:
        return has_controls(value)


class RequestReader(asyncio.Protocol, ABC):
    """The half of a connection that reads. Its worker calls `check` twice a second.

    That is cheaper than timers.
    """

    transport: Any
    _here: Environ  # the part of an environ that all requests share

    def __init__(self, worker: "Worker") -> None:
        self._worker = worker
        self._parser = Parser(
            on_headers_complete=self._on_head,
            on_body=self._on_body,
            limit_request_line=REQUEST_LINE,
            limit_request_field_size=error_pages.MAX_HEADER,
        )
        self._next = bytearray()  # what has come after the request that is in work
        self.is_paused = False  # the visitor reads more slowly than we write
        self._is_deaf = False  # what comes is dropped
        self._begin()

    def _begin(self) -> None:
        self.is_in_work = False  # a request has arrived, and its response is not written yet
        self._environ: Environ = {}  # empty until the head is complete
        self._came = b""  # all bytes of the request, if they came at once and are few
        self._body = bytearray()
        self._head_size = self._body_pieces = 0

    @abstractmethod
    def _respond(self) -> None:
        """Respond to what has come."""

    @abstractmethod
    def _refuse(self, status: int) -> None:
        """Respond to what is no request, and end the connection."""

    @abstractmethod
    def end(self) -> None:
        """Close the connection."""

    # Time and faults

    def _expect(self, seconds: float, otherwise: Callable[[], None]) -> None:
        self._deadline, self._when_late = self._worker.loop.time() + seconds, otherwise

    def check(self, now: float) -> None:
        """Do what has to be done if the visitor has taken too long, in a callback of its own.

        So a fault in it cannot end the worker's loop.
        """
        if now >= self._deadline:
            self._worker.loop.call_soon(self._guard, self._be_late, now)

    def _be_late(self, now: float) -> None:
        if now >= self._deadline:  # nothing has come in the meantime
            self._deadline = inf
            self._when_late()

    def _guard(self, step: Callable[..., None], *values: Any) -> None:
        """Do a step, as a callback of asyncio. A fault in it ends this connection, and no other.

        asyncio writes the exception into the log.
        """
        is_done = False
        try:
            step(*values)
            is_done = True
        finally:
            if not is_done:
                self.transport.abort()

    # What comes

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        if self.is_in_work or self.is_paused or self._next:
            self._next += data
            if len(self._next) > READ:
                self.transport.pause_reading()
            return
        is_new = not self._head_size and not self._environ
        self._came = data if is_new and len(data) <= MAX_KNOWN else b""
        if response := self._worker.respond_again(self._came):
            self._expect(HEAD_TIME, self.end)
            self.transport.write(response)
        else:
            self._read(data)

    def _read_next(self) -> None:
        if not (self.is_in_work or self.is_paused or self._is_deaf):
            data = bytes(self._next)
            self._next.clear()
            self.transport.resume_reading()
            self._read(data)

    def _read(self, data: bytes) -> None:
        try:
            self._parser.feed(data)
        except (ParseError, ValueError) as error:  # a length of thousands of digits is a ValueError
            self._refuse(STATUSES.get(type(error), 400))
            return
        if self._environ:
            if self._parser.is_complete or self._is_too_large():
                self._respond()
            return
        self._head_size += len(data)
        if self._head_size > MAX_HEAD:
            self._refuse(431)

    def _on_head(self) -> None:
        self._environ = environ_of(self._parser, self._here)
        if self._parser.is_chunked or self._parser.content_length:
            self._expect(BODY_TIME, self._respond)
            wish = self._environ.get("HTTP_EXPECT", "").lower()
            if wish == "100-continue" and not self._is_old() and not self._is_too_large():
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _on_body(self, piece: bytes) -> None:
        self._body_pieces += 1
        if self._body_pieces > MAX_PIECES:
            raise ParseError("too many chunks")
        self._body += piece

    def _is_too_large(self) -> bool:
        return max(self._parser.content_length or 0, len(self._body)) > MAX_BODY

    def _is_old(self) -> bool:
        return bool(self._parser.http_version < (1, 1))

    def _is_last(self) -> bool:
        is_good = self._parser.should_keep_alive and self._parser.is_complete
        is_ending = self._is_deaf or not self._worker.alive
        return is_ending or not is_good or self._is_old() or self._parser.method == b"CONNECT"
