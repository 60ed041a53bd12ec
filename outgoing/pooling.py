"""Keep the connections of a `Dialer`, and spend little on a call over one that is kept.

requests and urllib3 send and read, but skip what a sign-in does not need. With `preparing` and the
single read in `session`, a call takes 270 µs besides the socket, instead of 520 (measured 2026-11).
"""

import logging
import socket
from contextlib import suppress
from datetime import timedelta
from functools import partial
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPHeaderDict, HTTPResponse, connection, connectionpool
from urllib3.exceptions import ProtocolError

from outgoing.dialing import Dialer
from outgoing.plain_messages import Answer, ShortAnswer, plain_request
from outgoing.watchdog import current_call

IDLE_CONNECTIONS = 64  # that are kept for the next calls
KNOWN_ORIGINS = 4  # whose connections are found at once
NO_COOKIES = RequestsCookieJar()  # it stays empty


class HTTPConnection(connection.HTTPConnection):
    """A connection that has its socket from a `Dialer`."""

    scheme = "http"
    response_class = Answer
    _body = b""

    def __init__(self, *args: Any, dialer: Dialer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dialer = dialer

    def _new_conn(self) -> socket.socket:
        return self._dialer.dial(self._dns_host, self.port, self.scheme, self.timeout or 0.0)

    def request(
        self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any
    ) -> None:
        """Send the head, and a body of known length in the same piece: one packet, not two."""
        if isinstance(body, str | bytes) and "Content-Length" in headers:
            self._body, body = body.encode() if isinstance(body, str) else body, None
        super().request(method, url, body, headers, **options)

    def send(self, data: Any) -> None:
        body, self._body = self._body, b""
        super().send(data + body if body else data)

    def exchange(self, request: bytes, method: str) -> ShortAnswer | HTTPResponse:
        """Send a whole request, and return the answer when its head or all of it has come."""
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have been answered already
            self.sock.sendall(request)
        answer, is_read = self.response_class(self.sock, method=method), False
        try:
            if not (short := answer.short()):
                answer.begin()
            is_read = True
        finally:
            if not is_read:
                answer.close()
        if short.is_last if short else answer.will_close:
            self.close()
        return short or self._long(answer, method)

    @staticmethod
    def _long(answer: Answer, method: str) -> HTTPResponse:
        """Return an answer whose body is still to be read."""
        return HTTPResponse(
            answer,
            HTTPHeaderDict(answer.headers.items()),
            answer.status,
            answer.version,
            reason=answer.reason,
            preload_content=False,
            decode_content=False,
            original_response=answer,
            request_method=method,
        )


class HTTPSConnection(HTTPConnection, connection.HTTPSConnection):
    scheme = "https"


class HTTPPool(connectionpool.HTTPConnectionPool):
    """A pool that gives its connections to the current call.

    The watchdog stops watching a connection before it returns to the pool, because another call may
    then use it. A connection that the watchdog cut is closed when it returns. One with bytes that
    nobody has asked for is not used again: they would be the next call's response.
    """

    ConnectionCls = HTTPConnection

    def urlopen(  # type: ignore[override]
        self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any
    ) -> Any:
        """Send a plain request over a kept connection. Leave all else to urllib3.

        This takes 60 of its 170 µs (measured 2026-12).
        """
        port = "" if self.port == self.ConnectionCls.default_port else f":{self.port}"
        request = plain_request(method, url, f"{self.host}{port}", headers, body)
        if request is None or self.proxy is not None:
            return super().urlopen(method, url, body, headers, **options)
        conn, response = self._get_conn(), None
        if conn.is_closed:
            self._put_conn(conn)
            return super().urlopen(method, url, body, headers, **options)
        try:
            conn.sock.settimeout(options["timeout"].read_timeout)
            response = conn.exchange(request, method)
        except (HTTPException, OSError) as error:
            raise ProtocolError("Connection aborted.", error) from error
        finally:
            if response is None:
                conn.close()
            if response is None or isinstance(response, ShortAnswer):
                self._put_conn(conn)
        if isinstance(response, HTTPResponse):
            response._connection, response._pool = conn, self  # noqa: SLF001 - as urllib3 does
        return response

    def _get_conn(self, timeout: float | None = None) -> Any:
        call = current_call.get()
        taken: Any = super()._get_conn(timeout)
        # OpenSSL may keep the rest of a record; no wait for the socket shows it.
        if call.fresh or getattr(taken.sock, "pending", int)():
            taken.close()
        call.reused = not taken.is_closed
        if call.reused:
            call.watch(taken.sock)
        return taken

    def _put_conn(self, conn: Any) -> None:
        if current_call.get().unwatch() and conn is not None:
            conn.close()
        super()._put_conn(conn)


class HTTPSPool(HTTPPool, connectionpool.HTTPSConnectionPool):
    ConnectionCls = HTTPSConnection


class Response(requests.Response):
    """A response without cookies: to make a jar takes 8 µs (measured 2026-12)."""

    def __init__(self, content: bytes | None = None) -> None:
        self._content: Any = False if content is None else content  # as requests has it
        self._content_consumed, self._next = content is not None, None
        self.raw, self.encoding, self.history = None, None, []
        self.cookies, self.elapsed = NO_COOKIES, timedelta(0)


class Adapter(HTTPAdapter):
    """An adapter whose connections, to servers and to a proxy, all come from one `Dialer`."""

    def __init__(self, dialer: Dialer) -> None:
        self._pools = {
            "http": partial(HTTPPool, dialer=dialer),
            "https": partial(HTTPSPool, dialer=dialer),
        }
        self._found: dict[tuple[str, ...], Any] = {}
        super().__init__(pool_maxsize=IDLE_CONNECTIONS)

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return the pool. To remember it by origin saves 20 µs (measured 2026-11)."""
        origin = (*(request.url or "").split("/", 3)[:3], str(verify), str(proxies))
        if origin not in self._found:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            others = [*self._found.items()][: KNOWN_ORIGINS - 1]
            self._found = {origin: pool, **dict(others)}
            return pool
        return self._found[origin]

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        """Return the path. Only a proxy needs a look at the whole address, which takes 8 µs."""
        if proxies:
            return super().request_url(request, proxies)
        return request.path_url

    def close(self) -> None:
        """Let go of the pools. urllib3 closes the connections of a pool that nobody holds."""
        self._found = {}
        super().close()

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Return what requests makes of a response, but for the cookies: nobody reads them."""
        response = Response(resp.body if isinstance(resp, ShortAnswer) else None)
        response.status_code, response.reason = resp.status, resp.reason
        if isinstance(resp, ShortAnswer):
            response.headers = CaseInsensitiveDict(resp.headers)
        else:
            response.raw, response.headers = resp, CaseInsensitiveDict(resp.headers.itermerged())
        response.encoding = get_encoding_from_headers(response.headers)
        response.url, response.request, response.connection = req.url or "", req, self
        return response

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


# Silence urllib3 while it works for us: it logs URLs with their query, and so tokens.
for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(lambda _: current_call.get(None) is None)
