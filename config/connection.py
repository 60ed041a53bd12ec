"""A connection of a visitor, or of a proxy, on an event loop: one request after the other.

gunicorn's parser reads it. The loop collects a whole request and sends the response; a thread only
computes. A slow visitor holds no thread. tests/processes pins what this stands on.
"""

import asyncio
import logging
import re
import socket
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO
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
from config.exchange import Environ, Pieces, environ_at, environ_of, next_of, pieces_of, whole
from protocol.limits import REQUEST_LINE

if TYPE_CHECKING:
    from config.worker import Worker

Computed = Future[tuple[bytes, bool]]
logger = logging.getLogger(__name__)
HEAD_TIME = 15  # seconds for a head to arrive, from the first moment or the last response
BODY_TIME = 30  # seconds for a body to arrive
READ_TIME = 30  # seconds for a reader to take something of what waits
LINGER = 2  # seconds in which we drop what still comes, so that the response can be read
MAX_HEAD = 2 * error_pages.MAX_HEADER  # bytes of all headers
MAX_PIECES = 1024  # of a body; each chunk takes the loop's time, however small it is
WAITING = 2**15  # bytes of a response that wait for the reader, before more are computed
READ = 2**14  # bytes that are read at once, or wait until the request before is answered
NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.6.2
MAX_KNOWN = 4096  # bytes of a request that is remembered
CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110 §5.5
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
        return bool(CONTROLS.search(value))


class Connection(asyncio.Protocol):
    """One connection. Its worker calls `check` twice a second: that is cheaper than timers."""

    transport: Any

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
        self._is_over = False  # nothing more is written
        self._begin()

    def _begin(self) -> None:
        self.is_in_work = False  # a request has arrived, and its response is not written yet
        self._environ: Environ = {}  # empty until the head is complete
        self._came = b""  # all bytes of the request, if they came at once and are few
        self._body = bytearray()
        self._head_size = self._body_pieces = 0
        self._pieces: Pieces | None = None
        self._is_computing = self._has_begun = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.max_size = READ
        transport.set_write_buffer_limits(WAITING)
        own = transport.get_extra_info("socket")
        if own.family != socket.AF_UNIX:
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, WAITING)
        self._here = environ_at(*map(transport.get_extra_info, ("peername", "sockname")))
        self._expect(HEAD_TIME, self.end)
        self._worker.let_in(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._worker.connections.pop(self, None)
        self._is_deaf = self._is_over = True
        if not self._is_computing:
            self._leave()

    def _expect(self, seconds: float, otherwise: Callable[[], None]) -> None:
        self._deadline, self._when_late = self._worker.loop.time() + seconds, otherwise

    def check(self, now: float) -> None:
        """Do what has to be done if the visitor has taken too long."""
        if now >= self._deadline:
            self._deadline = inf
            self._guard(self._when_late)

    def _guard(self, step: Callable[..., None], *values: Any) -> None:
        """Do a step. A fault of ours in it ends this connection, and no other."""
        try:
            step(*values)
        except Exception:
            logger.exception("a connection has failed")
            self.transport.abort()

    # The request

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

    # The response

    def _respond(self) -> None:
        """Respond to what has come. The site refuses a body that is too large, or did not come."""
        self.is_in_work, self._deadline = True, inf
        environ, is_whole = self._environ, self._parser.is_complete
        self._is_deaf |= not is_whole
        environ["wsgi.input"] = BytesIO(self._body)
        if self._parser.is_chunked:
            environ["CONTENT_LENGTH"] = str(len(self._body) + (not is_whole))
        if response := self._worker.respond_at_once(environ):
            if self._came and not self._is_last() and not self._parser.remaining():
                self._worker.remember(self._came, environ)
            is_head = environ["REQUEST_METHOD"] == "HEAD"
            self._send(whole(response, is_last=self._is_last(), is_head=is_head), more=False)
        else:
            self._pieces = pieces_of(self._worker.asgi, environ, is_last=self._is_last())
            self._compute(self._pieces)

    def _compute(self, pieces: Pieces) -> None:
        computed = self._worker.threads.submit(next_of, pieces)
        self._is_computing = True
        self._worker.computing += 1
        computed.add_done_callback(self._hand_over)

    def _hand_over(self, computed: Computed) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._worker.loop.call_soon_threadsafe(self._guard, self._take, computed)

    def _take(self, computed: Computed) -> None:
        self._is_computing = False
        self._worker.computing -= 1
        if error := computed.exception():
            logger.error("a request has failed", exc_info=error)
            self._pieces = None
            if self._has_begun:
                self.transport.abort()
            else:
                self._refuse(500)
        else:
            self._send(*computed.result())

    def _send(self, piece: bytes, more: bool) -> None:
        self._has_begun = True
        self.transport.write(piece)
        if not more:
            self._pieces = None
            self._finish()
        elif self.transport.is_closing():
            self._leave()
        elif self._pieces and not self.is_paused:
            self._compute(self._pieces)

    def _leave(self) -> None:
        """Let a thread close what nobody reads any more."""
        if self._pieces:
            with suppress(RuntimeError):  # there is no thread: the garbage collector closes it
                self._worker.threads.submit(self._pieces.close)

    def _finish(self) -> None:
        if self._is_last():
            self.end()
            return
        self._next[:0] = self._parser.remaining()
        self._parser.reset()
        self._begin()
        if not self.is_paused:
            self._go_on()

    def _go_on(self) -> None:
        self._expect(HEAD_TIME, self.end)
        if self._next:
            self._worker.loop.call_soon(self._guard, self._read_next)

    def pause_writing(self) -> None:
        self.is_paused = True
        self._wait_for_reader()

    def resume_writing(self) -> None:
        self.is_paused = False
        if self.is_in_work:
            self._deadline = inf
            if self._pieces and not self._is_computing:
                self._guard(self._compute, self._pieces)
        elif not self._is_deaf:
            self._go_on()

    def _wait_for_reader(self) -> None:
        self._left = self.transport.get_write_buffer_size()
        self._expect(READ_TIME, self._doubt)

    def _doubt(self) -> None:
        """Give up a reader who has taken nothing."""
        if self.transport.get_write_buffer_size() < self._left:
            self._wait_for_reader()
        else:
            self.transport.abort()

    # The end

    def eof_received(self) -> bool:
        """Still send the response, if the visitor has only finished sending."""
        self._is_deaf = True
        return self.is_in_work

    def _refuse(self, status: int) -> None:
        line = f"{status} {HTTPStatus(status).phrase}"
        response = line, [("Content-Type", "text/plain")], f"{line}\n".encode()
        if status == 431:
            response = error_pages.headers_too_large()
            address = self._here["REMOTE_ADDR"]
            if self._worker.may_warn_of(address):
                logger.warning("headers too large: address=%s", address)
        is_head = self._parser.method == b"HEAD"
        self.transport.write(whole(response, is_last=True, is_head=is_head))
        self.end()

    def end(self) -> None:
        """Close for writing first. If we left bytes unread, the response could get lost."""
        if self._is_over:
            return
        self._is_deaf, self._is_over, self.is_in_work = True, True, False
        self._next.clear()
        with suppress(OSError):
            self.transport.write_eof()
        self.transport.resume_reading()
        self._expect(LINGER, self._close)

    def _close(self) -> None:
        self.transport.close()
        self._wait_for_reader()
