"""What `sessions.middleware.SessionMiddleware` adds to a request, for those who annotate one."""

from typing import cast

from django.http import HttpRequest

from sessions.models import Session, User
from sessions.session_tokens import IssuedToken, SessionToken


class SessionRequest(HttpRequest):
    """A request that has passed the middleware. A type alone: none is ever made."""

    session_token: SessionToken | None  # the validated one, None for a stranger
    presented_token: bool  # whether any credential came, good or bad
    signed_in_through: str  # slug of the provider that vouches in this request, "" for none
    vouching_account: int | None  # key of the account that signs in, None for a new one or none
    told_auth_time: float | None  # when the provider asked who it is, None where it does not tell
    granted_groups: list[str]  # by the rules that this sign-in matches
    started_session: Session | None  # begun or refreshed by this request
    issued_token: IssuedToken | None  # its JWT, where that has been issued already
    ended_session: bool  # by this request; one may have begun after it
    ended_auth_time: int | None  # of the one that has ended, if any


class SignedInRequest(SessionRequest):
    """A request that has also passed `SignInRequiredMiddleware`."""

    user: User
    session_token: SessionToken


def with_session(request: HttpRequest) -> SessionRequest:
    """Return the same request under the type that tells what the middleware has added."""
    return cast("SessionRequest", request)
