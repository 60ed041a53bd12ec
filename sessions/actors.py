"""Who makes a request and from where, as the audit log keeps it."""

from typing import TYPE_CHECKING

from django.http import HttpRequest

from audit.actor import Actor
from web.addresses import client_address

if TYPE_CHECKING:  # the admin's site loads before the models
    from sessions.models import User


def actor_of(request: HttpRequest, user: "User | None" = None) -> Actor:
    """Return who is signed in, or `user`, with the address and browser of the request."""
    person = user or request.user
    is_known = bool(person and person.is_authenticated)
    return Actor(
        id=str(person.pk) if is_known else "",
        label=person.audit_label if is_known else "",  # type: ignore[union-attr]
        ip=client_address(request),
        user_agent=request.headers.get("User-Agent", ""),
    )


def visitor_of(request: HttpRequest) -> Actor:
    """Return from where a request comes whose maker is not known."""
    return Actor(ip=client_address(request), user_agent=request.headers.get("User-Agent", ""))
