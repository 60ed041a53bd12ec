"""What can go wrong in one sign-in: a function per message that passes the provider.

The endpoints always send their messages through a `Misbehaviour`; most leave them unchanged. So
a fault needs no branch of its own: an expired code is one whose lifetime was rewritten, and the
check that refuses it is the one that refuses any other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from simulator.endpoints.messages import AuthorizationRequest, Decision, TokenRequest

T = TypeVar("T")


def unchanged(message: T) -> T:
    return message


def as_rendered(_request: HttpRequest, page: HttpResponse) -> HttpResponse:
    return page


@dataclass(frozen=True)
class Misbehaviour:
    """Rewrites the messages of one sign-in, in their order."""

    authorization_request: Callable[[AuthorizationRequest], AuthorizationRequest] = unchanged
    authorization_page: Callable[[HttpRequest, HttpResponse], HttpResponse] = as_rendered
    decision: Callable[[Decision], Decision] = unchanged
    code_lifetime: Callable[[int], int] = unchanged  # seconds
    code_uses: Callable[[int], int] = unchanged
    token_request: Callable[[TokenRequest], TokenRequest] = unchanged
    token_response: Callable[[HttpResponse], HttpResponse] = unchanged


NOTHING = Misbehaviour()
