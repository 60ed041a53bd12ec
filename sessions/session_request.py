"""What `SessionMiddleware` adds to a request, and who makes it, for the audit log."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from audit.models import Actor
from sessions.models import User
from sessions.session_tokens import SessionToken
from web.addresses import forwarding
from web.once_a_request import once_a_request

View = Callable[..., HttpResponseBase]


class SessionRequest(HttpRequest):
    """A request that has passed the middleware: a type for annotations, never instantiated."""

    session_token: SessionToken | None  # the validated one, None for a stranger


class SignedInRequest(SessionRequest):
    """A request that has also passed `SignInRequiredMiddleware`."""

    user: User
    session_token: SessionToken


def guarded(view: View, refuse: Callable[[Any], HttpResponseBase | None]) -> View:
    """Return the view behind a check: if `refuse` returns a response, the view is not called."""

    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return refuse(request) or view(request, *args, **kwargs)

    return guard


def with_session(request: HttpRequest) -> SessionRequest:
    """Return the same request under the type that names what the middleware has added."""
    return cast("SessionRequest", request)


def actor_of(request: HttpRequest, user: User | None = None) -> Actor:
    """Return who is signed in, or `user`, with the address and browser of the request."""
    person = user or request.user
    visitor = visitor_of(request)
    return acting(visitor, person) if person and person.is_authenticated else visitor


def acting(visitor: Actor, person: User) -> Actor:
    """Add the person to what is known about the visitor."""
    return Actor(str(person.pk), person.audit_label, visitor.ip, visitor.user_agent)


@once_a_request
def visitor_of(request: HttpRequest) -> Actor:
    """Return the address and browser of a request, without the person who made it."""
    return Actor(ip=forwarding(request).address, user_agent=request.META.get("HTTP_USER_AGENT", ""))
