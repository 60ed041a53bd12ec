"""What `sessions.middleware.SessionMiddleware` adds to a request: `session_token` and `user`."""

from typing import cast

from django.http import HttpRequest

from sessions.models import User
from sessions.session_tokens import SessionToken


class SessionRequest(HttpRequest):
    """A request that has passed the middleware: a type for annotations, never instantiated."""

    session_token: SessionToken | None  # the validated one, None for a stranger


class SignedInRequest(SessionRequest):
    """A request that has also passed `SignInRequiredMiddleware`."""

    user: User
    session_token: SessionToken


def with_session(request: HttpRequest) -> SessionRequest:
    """Return the same request under the type that names what the middleware has added."""
    return cast("SessionRequest", request)
