"""A server process: an event loop for its connections, on gunicorn's ASGI worker.

Here is what gunicorn lacks. tests/processes pins what this stands on.
"""

import asyncio
import os
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.asgi.parser import ParseError, PythonProtocol
from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers.gasgi import ASGIWorker

from config import error_pages
from config.asgi import environ_of
from config.wsgi import site
from sessions.session_tokens import API

HEAD_TIME = 15  # seconds for a head to arrive, from the first moment or the last response
MAX_HEAD = 2 * error_pages.MAX_HEADER  # bytes of all headers
READ_TIME = 30  # seconds for a reader to take something of what waits
LINGER = 2  # seconds in which we drop what still comes, so that the response can be read
HEARTBEAT = 0.5  # seconds
ANSWER_TIME = 11  # seconds for requests to end; a provider has ten to answer
MAX_KNOWN, MOST_KNOWN = 4096, 2048  # bytes of a request that is remembered, and how many are

# gunicorn looks at each byte of a header by itself: a third of the time of a request with a JWT
CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110 §5.5
PythonProtocol._has_invalid_header_chars = lambda _, value: bool(CONTROLS.search(value))  # noqa: SLF001


class Connection(ASGIProtocol):  # type: ignore[misc]
    """One connection of a visitor, or of a proxy."""

    _closed: bool
    _callback_parser: Any

    def connection_made(self, transport: Any) -> None:
        self._ending: Any = None  # what ends the connection later
        self._head = 0  # bytes of a head that is not complete
        self.worker.make_room()
        self.worker.connections[self] = None
        super().connection_made(transport)
        self._max_buffer_size = MAX_HEAD
        transport.max_size = MAX_HEAD
        if (own := transport.get_extra_info("socket")).family != socket.AF_UNIX:
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 2**16)
        if len(self.worker.connections) > self.worker.worker_connections:
            transport.abort()
        self._arm_keepalive_timer()  # gunicorn does so from the second request on

    def connection_lost(self, exc: BaseException | None) -> None:
        self.worker.connections.pop(self, None)
        self._end_later(0, None)
        super().connection_lost(exc)

    @property
    def is_in_work(self) -> bool:
        """Tell whether a whole request has arrived, and its response is not written yet."""
        body = None if self._closed else self._body_receiver
        return body is not None and body._complete  # noqa: SLF001 - gunicorn has no other word

    def eof_received(self) -> bool:
        """Respond to who has sent a request and sends no more."""
        if self.is_in_work:
            self._current_request.must_close = True
        return self.is_in_work

    def data_received(self, data: bytes) -> None:
        is_new = self._awaiting_request and not self._head
        if is_new and self._respond_again(data):
            return
        super().data_received(data)
        if is_new and self.is_in_work and self._current_request.path == API:
            self._remember(data)

    def _remember(self, data: bytes) -> None:
        """Keep what these bytes mean, if they are one whole request that memory has answered."""
        request = self._current_request
        environ = environ_of(self._build_http_scope(request, None, None))
        is_one = not self._callback_parser.remaining() and not request.should_close()
        if is_one and len(data) <= MAX_KNOWN and site.from_memory(environ):
            if len(self.worker.known) >= MOST_KNOWN:
                self.worker.known.clear()
            self.worker.known[data] = request, environ

    def _respond_again(self, data: bytes) -> bool:
        """Respond from memory to the same bytes as before, without reading them.

        A service sends the same head as long as its token is the same. This takes 0.04 ms instead
        of 0.2 ms (measured 2026-11).
        """
        request, environ = self.worker.known.get(data, (None, None))
        if request is None or self._flow_control.write_paused or not self.worker.alive:
            return False
        response = site.from_memory(environ)
        if response is None:
            return False
        status, headers, body = response
        self._arm_keepalive_timer()
        self._send_response_start(int(status[:3]), headers, request)
        self._send_body(body)
        return True

    def _feed_callback_parser(self, data: bytes) -> bool:
        try:
            is_good = bool(super()._feed_callback_parser(data))
        except ValueError:  # a length of thousands of digits
            return self._refuse(400)
        self._head = 0 if self._request_ready.is_set() else self._head + len(data)
        return is_good if self._head <= MAX_HEAD else self._refuse(431)

    def _refuse(self, status: int) -> bool:
        self._send_error_response(status, "")
        self.end()
        return False

    def pause_writing(self) -> None:
        super().pause_writing()
        self._end_later(READ_TIME, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self._closed:
            self._end_later(0, None)

    def _end_later(self, seconds: float, end: Callable[[], None] | None) -> None:
        if self._ending:
            self._ending.cancel()
        self._ending = end and self.worker.loop.call_later(seconds, end)

    def end(self) -> None:
        """Close for writing first. If we left bytes unread, the response could get lost."""
        if self._closed:
            return
        self._closed, self._callback_parser = True, None
        self._request_ready.set()
        if self._body_receiver:
            self._body_receiver.signal_disconnect()
        self._resume_reading()
        with suppress(OSError):
            self.transport.write_eof()
        self._end_later(LINGER, self._close)

    _close_transport = end  # as gunicorn calls it

    def _close(self) -> None:
        self.transport.close()
        self._end_later(READ_TIME, self.transport.abort)

    def _on_headers_complete(self) -> Any:
        self._pieces = 0
        result = super()._on_headers_complete()
        self._current_request.must_close |= self._current_request.version < (1, 1)
        return result

    def _on_body(self, chunk: bytes) -> None:
        self._pieces += 1
        if self._pieces > 1024:
            raise ParseError("too many chunks")
        super()._on_body(chunk)

    def _is_websocket_upgrade(self, request: object) -> bool:
        return False

    def _send_error_response(self, status: int, message: str, extra_headers: Any = ()) -> None:
        """Send a page to a browser with too many cookies."""
        if status == 431:
            peer = self.transport.get_extra_info("peername")
            self.log.warning("headers too large: address=%s", peer[0] if peer else "")
            self._safe_write(error_pages.headers_too_large())
        else:
            super()._send_error_response(status, message, extra_headers)


class Worker(ASGIWorker):  # type: ignore[misc]
    """A process with an event loop for its connections, and threads for the site."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.known: dict[bytes, tuple[Any, dict[str, Any]]] = {}  # requests as they came
        self.connections: dict[Connection, None] = {}  # the oldest first

    def make_room(self) -> None:
        """Close the oldest connection that waits for its visitor, if there are too many."""
        if len(self.connections) >= self.worker_connections:
            for connection in self.connections:
                is_paused = connection._flow_control.write_paused  # noqa: SLF001
                if not connection.is_in_work or is_paused:
                    del self.connections[connection]
                    connection.transport.abort()
                    return

    async def _serve(self) -> None:
        """Serve until the process shall end. Then respond to what is in work, and to nobody else.

        Stops in time for the process to write what waits, before the arbiter kills it.
        """
        servers = []
        for each in self.sockets:
            new = partial(Connection, self)
            # Take one visitor at a time, so that other processes get some, too.
            servers.append(await self.loop.create_server(new, sock=each.sock, backlog=1))
            each.sock.listen(self.cfg.backlog)
        while self.alive and self.ppid == os.getppid():
            self.notify()
            await asyncio.sleep(HEARTBEAT)
        for server in servers:
            server.close()
        deadline = self.loop.time() + ANSWER_TIME
        while self._let_go() and self.loop.time() < deadline and not self._quick_shutdown:
            await asyncio.sleep(0.05)

    def _let_go(self) -> bool:
        """Close what is idle. Tell whether somebody still waits for a response, or reads one."""
        for connection in list(self.connections):
            if not connection.is_in_work:
                connection.end()
        return any(
            each.is_in_work or each.transport.get_write_buffer_size() for each in self.connections
        )
