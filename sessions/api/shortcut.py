"""The short way to `GET /api/session`, for a token that this process has answered before.

Services that do not verify the JWT themselves ask with every request of theirs, mostly about the
same few tokens. Such a token is validated as always, and then gets the very answer that the site
gave before, without a request, a resolver and a dozen middlewares in between. Whatever is unusual
about a request takes the long way.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error as DatabaseError

from sessions.errors import SessionTokenError
from sessions.session_tokens import validate_session_token
from web import cookies

PATH = "/api/session"
REMEMBERED = 4096  # answers, of about 2 KB each

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


@dataclass(frozen=True)
class Answer:
    """What the site has answered to a valid token."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def may_be_remembered(self) -> bool:
        return self.status == "200 OK" and "Set-Cookie" not in dict(self.headers)


class SessionShortcut:
    """A WSGI application: the site, with a short way to the claims of tokens that it knows."""

    def __init__(self, site: Application) -> None:
        self._site = site
        self._answers: dict[str, Answer] = {}

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        token = _token(environ) if environ.get("PATH_INFO") == PATH else ""
        if not token:
            return self._site(environ, start_response)
        known = self._answers.get(token)
        is_known = known is not None and _is_valid(token, is_cookie=not _has_header(environ))
        answer = known if known and is_known else self._ask(environ, token)
        start_response(answer.status, list(answer.headers))
        return [answer.body]

    def _ask(self, environ: dict[str, Any], token: str) -> Answer:
        """Let the site answer, and remember that if it accepts the token."""
        started: list[tuple[str, list[tuple[str, str]]]] = []
        response: Any = self._site(
            environ, lambda status, headers: started.append((status, headers))
        )
        answer = Answer(*started[0], b"".join(response))
        response.close()
        if answer.may_be_remembered:
            if len(self._answers) >= REMEMBERED:
                self._answers.clear()
            self._answers[token] = answer
        return answer


def _token(environ: dict[str, Any]) -> str:
    """Return the one credential of a plain GET at this site's own host, "" for anything else."""
    is_plain = environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING")
    if not is_plain or environ.get("HTTP_HOST") != urlsplit(settings.BASE_URL).netloc:
        return ""
    if _has_header(environ):
        scheme, _, token = environ["HTTP_AUTHORIZATION"].partition(" ")
        return token if scheme == "Bearer" and " " not in token else ""
    values = cookies.values_in(environ.get("HTTP_COOKIE", ""), cookies.SESSION)
    return values[0] if len(values) == 1 else ""


def _has_header(environ: dict[str, Any]) -> bool:
    return "HTTP_AUTHORIZATION" in environ


def _is_valid(token: str, *, is_cookie: bool) -> bool:
    """Tell whether the token is good, and has come in the way in which it may."""
    try:
        return validate_session_token(token).is_of_browser or not is_cookie
    except (SessionTokenError, DatabaseError):  # the long way knows what to answer
        return False
