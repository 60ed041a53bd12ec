"""What each member of a provider's message means when it is there and says nothing.

JSON has many ways to say nothing, and servers use all of them: null, "", 0, false, an empty list.
Which of them are as good as an absent member is decided here, member by member, for everything
that is read. What decides who somebody is (`iss`, `aud`, `sub`, `exp`, `iat`, `nonce`, the
signature) is never harmless: any value must be right. A member that is not listed is not
read, or is only shown. docs/what-providers-may-send.md has the same tables.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NUMBER = re.compile(r"([0-9]{1,10})(\.[0-9]{1,20})?")  # ten digits of seconds are three centuries


@dataclass(frozen=True)
class Reading:
    """How a member is read: `of` returns its value, None where it is as good as absent.

    Of one that has to be right, null is a value too, and refused like any other wrong one.
    """

    words: str
    of: Callable[[Any], Any]
    keeps_null: bool = False


def text(value: object) -> str | None:
    """Return a text that is not empty."""
    return value if isinstance(value, str) and value else None


def seconds(value: object) -> int | None:
    """Return whole seconds, however they are written; None for what is no time that is left."""
    written = str(value).strip() if type(value) in (int, float, str) else ""
    number = NUMBER.fullmatch(written)
    return (int(number[1]) or None) if number else None


def _true(value: object) -> bool | None:
    return True if value is True else None


def _error(value: object) -> object:
    """Return what an error says: in a form, 0 is text too."""
    return None if not value or value == "0" else value


AS_IT_IS = Reading("", lambda value: value, keeps_null=True)  # of a member that is not listed
MUST_BE_RIGHT = Reading(
    "any value must be right; null is refused", lambda value: value, keeps_null=True
)
NOT_NULL = Reading("null counts as absent; anything else must be right", lambda value: value)
NOT_EMPTY = Reading(
    'null, "", 0, false, [] and {} count as absent; anything else must be right',
    lambda value: value or None,
)
IF_TEXT = Reading("anything that is not text, or is empty, counts as absent", text)
IF_ADDRESS = Reading("anything that is not an https address counts as absent", text)
IF_SECONDS = Reading("anything that is not a number of seconds over 0 counts as absent", seconds)
IF_TRUE = Reading("anything but JSON true counts as absent", _true)
IF_ERROR = Reading(
    'null, "", 0, "0", false, [] and {} count as absent; anything else is an error', _error
)

Message = Mapping[str, Reading]

AUTHORIZATION_RESPONSE: Message = {
    "state": MUST_BE_RIGHT,
    "code": NOT_EMPTY,
    "iss": NOT_EMPTY,
    "error": NOT_EMPTY,
}
TOKEN_RESPONSE: Message = {
    "access_token": MUST_BE_RIGHT,
    "token_type": NOT_EMPTY,
    "expires_in": IF_SECONDS,
    "id_token": NOT_EMPTY,
    "refresh_token": IF_TEXT,
    "error": IF_ERROR,
}
ID_TOKEN_HEADER: Message = {"alg": MUST_BE_RIGHT, "crit": NOT_NULL, "kid": NOT_EMPTY}
ID_TOKEN: Message = {
    "iss": MUST_BE_RIGHT,
    "aud": MUST_BE_RIGHT,
    "sub": MUST_BE_RIGHT,
    "exp": MUST_BE_RIGHT,
    "iat": MUST_BE_RIGHT,
    "nonce": MUST_BE_RIGHT,
    "azp": NOT_NULL,
    "nbf": NOT_NULL,
    "at_hash": NOT_NULL,
    "auth_time": NOT_NULL,
    "email": NOT_EMPTY,
    "email_verified": IF_TRUE,
    "name": NOT_EMPTY,
    "picture": NOT_EMPTY,
    "preferred_username": NOT_EMPTY,
}
USERINFO: Message = {
    "sub": MUST_BE_RIGHT,
    "iss": NOT_NULL,
    "aud": NOT_NULL,
    "exp": NOT_NULL,
    "nbf": NOT_NULL,
    "email": NOT_EMPTY,
    "email_verified": IF_TRUE,
    "name": NOT_EMPTY,
    "picture": NOT_EMPTY,
    "preferred_username": NOT_EMPTY,
}
DISCOVERY: Message = {
    "issuer": MUST_BE_RIGHT,
    "authorization_endpoint": MUST_BE_RIGHT,
    "token_endpoint": MUST_BE_RIGHT,
    "jwks_uri": MUST_BE_RIGHT,
    "userinfo_endpoint": IF_ADDRESS,
    "revocation_endpoint": IF_ADDRESS,
    "authorization_response_iss_parameter_supported": IF_TRUE,
}
KEY: Message = {
    "kty": MUST_BE_RIGHT,
    "kid": IF_TEXT,
    "alg": NOT_EMPTY,
    "use": NOT_EMPTY,
    "key_ops": NOT_EMPTY,
    "issuer": IF_TEXT,
    "d": NOT_NULL,
}
MESSAGES: Mapping[str, Message] = {
    "Authorization response": AUTHORIZATION_RESPONSE,
    "Token response": TOKEN_RESPONSE,
    "Header of the ID token": ID_TOKEN_HEADER,
    "ID token": ID_TOKEN,
    "Userinfo": USERINFO,
    "Discovery document": DISCOVERY,
    "Key": KEY,
}


def told(message: Message, members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that say something; those that are not listed, as they are."""
    readings = {name: message.get(name, AS_IT_IS) for name in members}
    read = {name: readings[name].of(value) for name, value in members.items()}
    return {
        name: value
        for name, value in read.items()
        if value is not None or readings[name].keeps_null
    }
