"""What the token endpoint refuses, and responses that RFC 6749 §5.1 does not allow."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from simulator.endpoints.messages import TokenRequest
from simulator.faults.fault import SIGNED_IN, Fault, always, everywhere
from simulator.faults.misbehaviour import Misbehaviour
from simulator.faults.replies import (
    DEPTH,
    announced_as,
    answered,
    nested,
    with_body,
    with_member,
    without_member,
)


def with_another_secret(request: TokenRequest) -> TokenRequest:
    return replace(request, client_secret="not-the-registered-secret")  # noqa: S106


def with_a_second_access_token(_request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Name the member twice, in JSON or in the form that GitHub sends."""
    is_json = response.content.startswith(b"{")
    first = b'{"access_token": "another", ' if is_json else b"access_token=another&"
    response.content = first + response.content.removeprefix(b"{")
    return response


MALFORMED = everywhere("token_response_malformed")

FAULTS = (
    Fault(
        "wrong_secret",
        "Wrong client secret",
        "The provider expects a different client secret from the one Signet sends.",
        everywhere("invalid_client"),
        always(Misbehaviour(token_request=with_another_secret)),
    ),
    Fault(
        "expired_code",
        "Expired code",
        "The authorization code is too old when Signet redeems it.",
        everywhere("invalid_grant"),
        always(Misbehaviour(code_lifetime=lambda _seconds: 0)),
    ),
    Fault(
        "reused_code",
        "Code already used",
        "Somebody redeemed the authorization code before Signet did.",
        everywhere("invalid_grant"),
        always(Misbehaviour(code_uses=lambda _uses: 0)),
    ),
    Fault(
        "no_access_token",
        "No access_token",
        "The response is a success, but has no access token.",
        MALFORMED,
        always(Misbehaviour(token_answer=without_member("access_token"))),
    ),
    Fault(
        "odd_token_type",
        "token_type: mac",
        "The token is not a Bearer token, so Signet cannot use it.",
        MALFORMED,
        always(Misbehaviour(token_answer=with_member("token_type", "mac"))),
    ),
    Fault(
        "odd_expires_in",
        "expires_in: soon",
        "It should be a number of seconds. Signet does not need it.",
        everywhere(SIGNED_IN),
        always(Misbehaviour(token_answer=with_member("expires_in", "soon"))),
    ),
    answered(
        "json_as_html",
        "JSON sent as HTML",
        "A good response with the media type text/html. Signet reads it, because the body is JSON.",
        everywhere(SIGNED_IN),
        announced_as("text/html; charset=utf-8"),
    ),
    answered(
        "json_as_form",
        "JSON sent as a form",
        "A good response with the media type of form data, which it is not.",
        MALFORMED,
        announced_as("application/x-www-form-urlencoded"),
    ),
    answered(
        "duplicate_member",
        "access_token twice",
        "Two parsers could read two different tokens.",
        MALFORMED,
        with_a_second_access_token,
    ),
    answered(
        "deep_json",
        "Deeply nested JSON",
        f"{DEPTH:,} lists inside each other.",
        MALFORMED,
        with_body(nested(DEPTH)),
    ),
    answered(
        "garbage",
        "The response is not JSON",
        "The body is four meaningless bytes.",
        MALFORMED,
        with_body("\x00\x01?!"),
    ),
)
