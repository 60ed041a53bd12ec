"""A connection of a visitor, or of a proxy, on an event loop: it sends the responses.

`request_reader` collects a whole request. A thread only computes the response, and the loop sends
it. A slow reader holds no thread. tests/processes pins what this stands on.
"""

import logging
import socket
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO
from math import inf
from typing import TYPE_CHECKING, Any

from config import error_pages
from config.exchange import Pieces, environ_at, leave, next_of, pieces_of, whole
from config.request_reader import HEAD_TIME, READ, RequestReader
from config.threads import Computed

if TYPE_CHECKING:
    from config.worker import Worker

logger = logging.getLogger(__name__)
READ_TIME = 30  # seconds for a reader to take something of what waits
LINGER = 2  # seconds in which we drop what still comes, so that the response can be read
WAITING = 2**15  # bytes of a response that wait for the reader, before more are computed


class Connection(RequestReader):
    """One connection: one request after the other."""

    def __init__(self, worker: "Worker") -> None:
        super().__init__(worker)
        self._is_over = False  # nothing more is written

    def _begin(self) -> None:
        super()._begin()
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
        self._worker.threads.do(next_of, pieces, self._hand_over)
        self._is_computing = True
        self._worker.computing += 1

    def _hand_over(self, computed: Computed) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._worker.loop.call_soon_threadsafe(self._guard, self._take, computed)

    def _take(self, computed: Computed) -> None:
        self._is_computing = False
        self._worker.computing -= 1
        if computed.error:
            logger.error("a request has failed", exc_info=computed.error)
            self._pieces = None
            if self._has_begun:
                self.transport.abort()
            else:
                self._refuse(500)
        else:
            self._send(*computed.value)

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
        pieces, self._pieces = self._pieces, None
        if pieces:
            with suppress(RuntimeError):  # there is no thread: the garbage collector closes it
                self._worker.threads.do(leave, pieces, _note)

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


def _note(computed: Computed) -> None:
    if computed.error:
        logger.error("a response that nobody reads cannot be closed", exc_info=computed.error)
