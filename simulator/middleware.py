"""Remember every request, and add the same few headers to every response."""

import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass

from django.http import HttpRequest, HttpResponse

from simulator import SLUGS
from simulator.server import CONNECTION

GetResponse = Callable[[HttpRequest], HttpResponse]
# No form-action: browsers apply it to every redirect that follows, and the form leads back.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class ReceivedRequest:
    """A request to a provider: never its query, headers or body."""

    provider: str
    method: str
    path: str
    connection: int  # the same for all requests over one TCP connection


class ReceivedRequests:
    """The last few thousand requests to the providers, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[ReceivedRequest] = deque(maxlen=5000)

    def add(self, request: ReceivedRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()

    def as_json(self) -> list[dict[str, object]]:
        with self._lock:
            return [asdict(request) for request in self._requests]

    def latest(self, count: int) -> list[ReceivedRequest]:
        """Return the newest ones, newest first."""
        with self._lock:
            return list(itertools.islice(reversed(self._requests), count))


received_requests = ReceivedRequests()


def remember_request(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.get_host()  # refuses a foreign name, and with it DNS rebinding
        provider = request.path.split("/")[1]
        if provider in SLUGS:
            number = request.META.get(CONNECTION, 0)
            received_requests.add(
                ReceivedRequest(provider, str(request.method), request.path, number)
            )
        return get_response(request)

    return middleware


def set_headers(get_response: GetResponse) -> GetResponse:
    """Add a length, which keeps the connection open (RFC 9112 §6.3), and protecting headers."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        return response

    return middleware
