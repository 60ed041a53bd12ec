"""A fast path for `GET /api/session`, for a token that this process has answered before.

Services that do not verify the JWT themselves ask with each of their requests, mostly about the
same few tokens. Such a token is validated as always. Then the site's earlier response is sent
again. This skips the resolver and a dozen middlewares, and takes 0.04 ms instead of 2.2 ms
(measured 2026-11). An unusual request goes through the whole site.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error as DatabaseError

from sessions.errors import SessionTokenError
from sessions.session_tokens import validate_session_token
from web import cookies

PATH = "/api/session"
REMEMBERED = 4096  # responses, of about 2 KB each

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class RememberedResponse(NamedTuple):
    """What the site has sent for a valid token."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class SessionShortcut:
    """A WSGI application: the site, with a fast path to the claims of tokens that it knows."""

    def __init__(self, site: Application) -> None:
        self._site = site
        self._responses: dict[str, RememberedResponse] = {}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        token = _token(environ) if environ.get("PATH_INFO") == PATH else ""
        if not token:
            return self._site(environ, start_response)
        response = self._responses.get(token)
        if response is None or not _is_valid(token, is_cookie=not _has_header(environ)):
            response = self._ask(environ, token)
        start_response(response.status, list(response.headers))
        return [response.body]

    def _ask(self, environ: dict[str, Any], token: str) -> RememberedResponse:
        """Let the site answer, and remember that if it accepts the token."""
        started: list[tuple[str, list[tuple[str, str]]]] = []
        sent: Any = self._site(environ, lambda *start: started.append(start))
        response = RememberedResponse(*started[0], b"".join(sent))
        sent.close()
        if response.status == "200 OK" and "Set-Cookie" not in dict(response.headers):
            if len(self._responses) >= REMEMBERED:
                self._responses.clear()
            self._responses[token] = response
        return response


def _token(environ: dict[str, Any]) -> str:
    """Return the one credential of a plain GET at this site's own host, else ""."""
    is_plain = environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING")
    if not is_plain or environ.get("HTTP_HOST") != urlsplit(settings.BASE_URL).netloc:
        return ""
    if _has_header(environ):
        scheme, _, token = environ["HTTP_AUTHORIZATION"].partition(" ")
        return token if scheme == "Bearer" and " " not in token else ""
    pairs = cookies.parse(environ.get("HTTP_COOKIE", ""))
    values = [value for name, value in pairs if name == cookies.cookie_name(cookies.SESSION)]
    return values[0] if len(values) == 1 else ""


def _has_header(environ: dict[str, Any]) -> bool:
    return "HTTP_AUTHORIZATION" in environ


def _is_valid(token: str, *, is_cookie: bool) -> bool:
    """Tell whether the token is valid. A script's is not valid in a cookie."""
    try:
        return validate_session_token(token).is_of_browser or not is_cookie
    except (SessionTokenError, DatabaseError):  # the whole site knows what to answer
        return False
