"""What can go wrong in one sign-in: a function for each message.

The endpoints send all messages through a `Misbehaviour`, which leaves most of them unchanged. So a
fault needs no branch of its own. For example, an expired code is a code with a changed lifetime,
which the usual check refuses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

from simulator.endpoints.messages import AuthorizationRequest, Decision, TokenRequest
from simulator.keys import IdToken
from simulator.people import Person
from simulator.providers.refusals import TokenResponse

T = TypeVar("T")
Members = dict[str, Any]
Reply = Callable[[HttpRequest, HttpResponse], HttpResponse]


def unchanged(message: T) -> T:
    return message


def as_rendered(_request: HttpRequest, response: HttpResponse) -> HttpResponse:
    return response


@dataclass(frozen=True)
class Misbehaviour:
    """Rewrites the messages of one sign-in, in their order."""

    metadata: Callable[[Members], Members] = unchanged
    authorization_request: Callable[[AuthorizationRequest], AuthorizationRequest] = unchanged
    authorization_page: Reply = as_rendered
    decision: Callable[[Decision], Decision] = unchanged
    person: Callable[[Person], Person] = unchanged
    authorization_response: Callable[[dict[str, str]], dict[str, str]] = unchanged
    code_lifetime: Callable[[int], int] = unchanged  # seconds
    code_uses: Callable[[int], int] = unchanged
    token_request: Callable[[TokenRequest], TokenRequest] = unchanged
    id_token: Callable[[IdToken], IdToken] = unchanged
    token_answer: Callable[[TokenResponse], TokenResponse] = unchanged
    token_response: Reply = as_rendered
    userinfo: Callable[[Members], Members] = unchanged
    api_response: Reply = as_rendered  # of the userinfo endpoint, and of GitHub's API


NOTHING = Misbehaviour()
