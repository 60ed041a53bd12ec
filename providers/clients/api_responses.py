"""Read responses of a provider's API: is it a profile, and which values can be an id?"""

import re
from collections.abc import Mapping
from typing import Any

import requests

from outgoing import json_value
from protocol.errors import ErrorCode, ProfileError, outage_of

# What `str` and other languages make of a value that is none.
NOTHING = frozenset({"none", "null", "nil", "undefined", "nan", "inf", "infinity", "true", "false"})
# Zero, a number with a sign, and what `str` makes of a float. "1e5" is an id in base 36.
NO_NUMBER = re.compile(r"0+|[+-]\d.*|\d+\.\d*(e[+-]?\d+)?|\d+e[+-]\d+", re.ASCII | re.IGNORECASE)


def checked(response: requests.Response) -> requests.Response:
    """Return a response of the provider's API. Raises `ProfileError` for a status other than 200.

    GitHub sends 403 for a limit and for a refusal (docs.github.com, REST, 2026-11).
    """
    status, headers = response.status_code, response.headers
    has_limit = headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in headers
    outage = outage_of(429 if status == 403 and has_limit else status)
    if outage or status != 200:
        code = outage or ErrorCode.PROFILE_REFUSED
        raise ProfileError(code, f"the provider's API answers {status}")
    return response


def profile_of(response: requests.Response) -> dict[str, Any]:
    """Return the JSON object in a response of the provider's API."""
    value = json_value(response)
    if not isinstance(value, dict):
        raise ProfileError(ErrorCode.PROFILE_MALFORMED, "the profile is no JSON object")
    return value


def member_of(claims: Mapping[str, object], name: str) -> object:
    """Return a claim, or the member to which a dot in its name leads; None if there is none."""
    if name in claims:
        return claims[name]
    value: object = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def is_id(value: object) -> bool:
    """Tell whether a value can be an id: a text that names something, or a positive integer.

    allauth's adapters turn values of every type into text.
    """
    if type(value) is int:
        return value > 0
    if not isinstance(value, str) or not value or value != value.strip():
        return False
    is_nothing = value.lower() in NOTHING or value.startswith(("[", "{"))
    return not is_nothing and not NO_NUMBER.fullmatch(value)


def is_sub(value: object) -> bool:
    """Tell whether a value can be the `sub` of an OpenID Provider (OIDC Core §2, §5.7).

    Only the issuer understands this text, so "0" and "1.5" are ids too.
    """
    return isinstance(value, str) and bool(value.strip()) and value.lower() not in NOTHING
