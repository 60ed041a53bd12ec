"""The site as an ASGI application, whose threads wait for no visitor. `make serve` runs it.

The event loop collects each request and sends each response. A thread only computes: it gets a
whole body, and hands over the response in pieces. Who sends or reads slowly holds no thread.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.db import close_old_connections

from config import health, wsgi
from sessions.api.shortcut import Application

BODY_TIME = 30  # seconds for a body to arrive
PIECE = 2**16  # bytes of a response that a thread computes at once
HERE = ("127.0.0.1", 0)  # a program of this machine, which has come through a Unix socket

Environ = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[str, str]]
# Returns status, headers and body, but only if that needs neither a database nor time
Memory = Callable[[Environ], tuple[str, Headers, bytes] | None]


class ThreadedSite:
    """Run a WSGI application (PEP 3333) in threads, unless a memory has the response."""

    def __init__(self, site: Application, threads: int, *memories: Memory) -> None:
        self._site, self._memories = site, memories
        self._threads = ThreadPoolExecutor(threads, "request")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        for memory in self._memories:
            if known := memory(environ):
                status, headers, body = known
                await send(_start(status, headers, len(body)))
                await send({"type": "http.response.body", "body": body})
                return
        if await collect(environ, receive):
            await self._compute(environ, send)

    async def _compute(self, environ: Environ, send: Send) -> None:
        """Send the site's response. A piece is computed when the reader has room for it."""
        started: list[Any] = []
        pieces = _pieces(self._site, environ, started)
        more, is_first = True, True
        try:
            while more:
                computed = self._threads.submit(_next, pieces)
                body, more = await asyncio.wrap_future(computed)
                if is_first:
                    status, headers = started
                    await send(_start(status, headers, 0 if more else len(body)))
                await send({"type": "http.response.body", "body": body, "more_body": more})
                is_first = False
        finally:  # the visitor may go while a thread computes
            computed.add_done_callback(lambda _: pieces.close())


def _pieces(
    site: Application, environ: Environ, started: list[Any]
) -> Generator[bytes, None, bytes]:
    """Yield the body in pieces, and return the last. Status and headers come to `started`.

    Each piece may be computed in another thread than the one before.
    """
    response: Any = site(environ, lambda status, headers: started.extend((status, headers)))
    try:
        body = bytearray()
        for part in response if environ["REQUEST_METHOD"] != "HEAD" else ():
            body += part
            if len(body) >= PIECE:
                yield bytes(body)
                body.clear()
        return bytes(body)
    finally:
        getattr(response, "close", lambda: None)()


def _next(pieces: Generator[bytes, None, bytes]) -> tuple[bytes, bool]:
    """Compute the next piece, and tell whether more follow. No connection stays with the thread."""
    try:
        return next(pieces), True
    except StopIteration as end:
        return end.value, False
    finally:
        close_old_connections()


def _start(status: str, headers: Headers, length: int) -> Message:
    """Begin a response. Say its length if the site does not: old clients need that."""
    if length and not any(name == "Content-Length" for name, _ in headers):
        headers = [*headers, ("Content-Length", str(length))]
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": int(status[:3]), "headers": encoded}


async def collect(environ: Environ, receive: Receive) -> bool:
    """Wait for the body, if the site will read it. Return False if the sender is gone.

    A body that does not come in time is shorter than it says, and so gets 408 from the site. One
    that is too large gets 413.
    """
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    is_chunked = "HTTP_TRANSFER_ENCODING" in environ
    if not is_chunked and not 0 < int(environ.get("CONTENT_LENGTH", 0)) <= most:
        return True
    body, more = bytearray(), True
    try:
        async with asyncio.timeout(BODY_TIME):
            while more and len(body) <= most:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return False
                body += message["body"]
                more = message["more_body"]
    except TimeoutError:
        pass
    environ["wsgi.input"] = BytesIO(body)
    if is_chunked:
        environ["CONTENT_LENGTH"] = str(len(body) + more)
    return True


def environ_of(scope: Message) -> Environ:
    """Return what a WSGI application is told of a request, and nothing of this process."""
    path = scope["raw_path"]
    if b"://" in path and not path.startswith(b"/"):  # RFC 9112 §3.2.2: the whole URL
        path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
    address, port = scope["client"] or HERE
    server = scope["server"] if scope["client"] else HERE
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": address,
        "REMOTE_PORT": str(port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",  # `config.middleware` knows better
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": settings.WEB_CONCURRENCY > 1,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        key, text = _key(name), value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


@lru_cache(maxsize=256)
def _key(name: bytes) -> str:
    """Return the name of a header in an environ. Those with `_` have been dropped."""
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


application = ThreadedSite(
    wsgi.application, settings.WEB_THREADS, health.from_memory, wsgi.site.from_memory
)
