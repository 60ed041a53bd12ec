"""Who makes a request and from where, as the audit log keeps it."""

from dataclasses import replace
from typing import TYPE_CHECKING

from django.http import HttpRequest

from audit.actor import Actor
from web.addresses import client_address

if TYPE_CHECKING:  # the admin's site loads before the models
    from sessions.models import User


def actor_of(request: HttpRequest, user: "User | None" = None) -> Actor:
    """Return who is signed in, or `user`, with the address and browser of the request."""
    person = user or request.user
    visitor = visitor_of(request)
    return acting(visitor, person) if person and person.is_authenticated else visitor


def acting(visitor: Actor, person: "User") -> Actor:
    """Add the person to what is known about the visitor."""
    return replace(visitor, id=str(person.pk), label=person.audit_label)


def visitor_of(request: HttpRequest) -> Actor:
    """Return the address and browser of a request, without the person who made it."""
    return Actor(ip=client_address(request), user_agent=request.headers.get("User-Agent", ""))
