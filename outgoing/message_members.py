"""What a message of a sign-in is made of, read for its picture alone: the step judges it."""

import json
from typing import Any
from urllib.parse import unquote_plus

import requests

from outgoing.known_secrets import secret_values
from protocol.token_response import FORM, TEXT

FORMS = (FORM, TEXT)  # in which some token endpoints answer


def secrets_of_request(request: requests.PreparedRequest) -> list[object]:
    """Return what is secret by its name, and the credentials of the header."""
    credentials = str(request.headers.get("Authorization", "")).partition(" ")[2]
    return [credentials, *secret_values(parameters_of_request(request))]


def parameters_of_request(request: requests.PreparedRequest) -> dict[str, str]:
    """Return the parameters of a request, those in its address and those in its body."""
    query = (request.url or "").partition("#")[0].partition("?")[2]
    body = request.body if isinstance(request.body, str) else ""
    return _form(query) | _form(body) if query or body else {}


def members_of_answer(response: requests.Response) -> dict[str, Any]:
    """Read a body for its picture alone: the step judges it, as strictly as it must.

    Of a JSON object its members, of a form its parameters, of any other body nothing.
    """
    try:
        value = json.loads(response.content, parse_constant=int)  # no NaN and no Infinity
    except (ValueError, RecursionError):
        is_form = response.headers.get("Content-Type", "").lower().startswith(FORMS)
        return _form(response.content.decode("ascii", "replace")) if is_form else {}
    return value if isinstance(value, dict) else {}


def seconds_to_wait(retry_after: str) -> int:
    """Return how long to wait (RFC 9110 §10.2.3), 0 where it is not said in seconds."""
    is_number = retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7
    return int(retry_after) if is_number else 0


def _form(encoded: str) -> dict[str, str]:
    """Read what requests has encoded (url.spec.whatwg.org, 5.1): its own form needs no more."""
    pairs = (part.partition("=") for part in encoded.split("&"))
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs if value}
