"""A server process: gunicorn's, with an event loop for its connections and threads for the site."""

import asyncio
import os
from functools import partial
from typing import Any

from django.conf import settings
from gunicorn.workers.gasgi import ASGIWorker

from config import busy, health
from config.connection import Connection
from config.exchange import Environ, whole
from config.threads import Threads
from config.wsgi import site
from sessions.api.shortcut import Response
from sessions.session_tokens import API

HEARTBEAT = 0.5  # seconds
ANSWER_TIME = 11  # seconds for requests to end; a provider has ten to answer
MOST_KNOWN = 2048  # requests that are remembered
WARN_TIME = 60  # seconds in which one warning of an address is enough
MOST_WARNED = 256  # addresses that are in the log in that time
MOST_WAITING = 1000  # requests that wait for a thread


class Worker(ASGIWorker):  # type: ignore[misc]
    """A process with its connections."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.threads = Threads(settings.WEB_THREADS)
        self.computing = 0  # requests that a thread computes, or will
        self.connections: dict[Connection, None] = {}  # the oldest first
        self._known: dict[bytes, Environ] = {}  # requests as they came
        self._warned: set[str] = set()  # addresses
        self._warned_until = 0.0

    def respond_at_once(self, environ: Environ) -> Response | None:
        """Return a response that needs neither a database nor a thread, if there is one."""
        response = None
        if "CONTENT_LENGTH" not in environ:  # the site has to look at a body
            response = health.from_memory(environ) or site.from_memory(environ)
        is_full = self.computing >= settings.WEB_THREADS + MOST_WAITING
        return busy.response(environ) if is_full and not response else response

    def respond_again(self, data: bytes) -> bytes | None:
        """Respond from memory to the same bytes as before, without reading them.

        A service sends the same head as long as its token is the same. This takes 0.04 ms instead
        of 0.2 ms (measured 2026-11).
        """
        environ = self._known.get(data)
        response = site.from_memory(environ) if environ and self.alive else None
        return whole(response, is_last=False, is_head=False) if response else None

    def remember(self, data: bytes, environ: Environ) -> None:
        """Keep what these bytes mean, if the memory has the response."""
        if environ["PATH_INFO"] == API and site.from_memory(environ):
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[data] = environ

    def may_warn_of(self, address: str) -> bool:
        """Tell whether a warning of this address is new, so that nobody can fill the log."""
        now = self.loop.time()
        if now >= self._warned_until:
            self._warned_until = now + WARN_TIME
            self._warned.clear()
        is_new = address not in self._warned and len(self._warned) < MOST_WARNED
        if is_new:
            self._warned.add(address)
        return is_new

    def let_in(self, connection: Connection) -> None:
        """Add a connection. If there are too many, close the oldest that waits for its visitor."""
        if len(self.connections) >= self.worker_connections:
            waiting = (each for each in self.connections if each.is_paused or not each.is_in_work)
            oldest = next(waiting, connection)
            self.connections.pop(oldest, None)
            oldest.transport.abort()
            if oldest is connection:
                return
        self.connections[connection] = None

    async def _serve(self) -> None:
        """Serve until the process has to end. Then only finish responses to complete requests.

        After `ANSWER_TIME`, or at once at SIGINT, those that are left are lost: the process must
        write its events before the arbiter kills it.
        """
        servers = []
        for each in self.sockets:
            new = partial(Connection, self)
            # Accept one connection at a time, so that other processes get their share.
            servers.append(await self.loop.create_server(new, sock=each.sock, backlog=1))
            each.sock.listen(self.cfg.backlog)
        while self.alive and self.ppid == os.getppid():
            self.notify()
            await asyncio.sleep(HEARTBEAT)
            self._check()
        for server in servers:
            server.close()
        deadline = self.loop.time() + ANSWER_TIME
        while self._let_go() and self.loop.time() < deadline and not self._quick_shutdown:
            await asyncio.sleep(0.05)

    def _check(self) -> None:
        now = self.loop.time()
        for connection in list(self.connections):
            connection.check(now)

    def _let_go(self) -> bool:
        """Close what is idle. Tell whether somebody still waits for a response, or reads one."""
        for connection in list(self.connections):
            if not connection.is_in_work:
                connection.end()
        return any(
            each.is_in_work or each.transport.get_write_buffer_size() for each in self.connections
        )
