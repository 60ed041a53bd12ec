"""Which values of a member count as absent, for each member of a provider's messages.

JSON has many empty values, and servers use all of them: null, "", 0, false, an empty list. For each
member that is read, this file decides which of them count as absent. The members that prove who a
person is (`iss`, `aud`, `sub`, `exp`, `iat`, `nonce`, the signature) must always be right. A member
that is not listed is not read, or is only shown. The same table is in
docs/what-providers-may-send.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NUMBER = re.compile(r"([0-9]{1,10})(\.[0-9]{1,20})?")  # ten digits of seconds are three centuries


@dataclass(frozen=True, eq=False)
class Meaning:
    """How a member is read: `of` returns its value, None where it counts as absent.

    With `keeps_null`, null does not count as absent. It is a wrong value like any other.
    """

    of: Callable[[Any], Any]
    keeps_null: bool = False


def seconds(value: object) -> int | None:
    """Return whole seconds over 0, as a number or as text; None for anything else."""
    number = NUMBER.fullmatch(str(value).strip()) if type(value) in (int, float, str) else None
    return (int(number[1]) or None) if number else None


# Any value must be right, null too. A member that is not listed is read in this way.
MUST_BE_RIGHT = Meaning(lambda value: value, keeps_null=True)
NOT_NULL = Meaning(lambda value: value)  # anything but null must be right
NOT_EMPTY = Meaning(lambda value: value or None)  # anything but null, "", 0, false, [] and {}
IF_TEXT = Meaning(lambda value: value if isinstance(value, str) and value else None)
IF_ADDRESS = Meaning(IF_TEXT.of)  # the code that uses the address checks it
IF_SECONDS = Meaning(seconds)
IF_TRUE = Meaning(lambda value: True if value is True else None)
# As NOT_EMPTY; "0" counts as absent too, because a form has no numbers.
IF_ERROR = Meaning(lambda value: None if not value or value == "0" else value)

Message = Mapping[str, Meaning]


def _message(*parts: tuple[Meaning, str]) -> Message:
    """Return the meaning of each name. Each part has one meaning and all its names in one text."""
    return {name: meaning for meaning, names in parts for name in names.split()}


TOKEN_RESPONSE = _message(
    (MUST_BE_RIGHT, "access_token"),
    (NOT_EMPTY, "token_type"),
    (IF_SECONDS, "expires_in"),
    (NOT_EMPTY, "id_token"),
    (IF_TEXT, "refresh_token"),
    (IF_ERROR, "error"),
)
ID_TOKEN_HEADER = _message((MUST_BE_RIGHT, "alg"), (NOT_NULL, "crit"), (NOT_EMPTY, "kid"))
ID_TOKEN = _message(
    (MUST_BE_RIGHT, "iss aud sub exp iat nonce"),
    (NOT_NULL, "azp nbf at_hash auth_time"),
    (NOT_EMPTY, "email"),
    (IF_TRUE, "email_verified"),
    (NOT_EMPTY, "name picture preferred_username"),
)
USERINFO = _message(
    (MUST_BE_RIGHT, "sub"),
    (NOT_NULL, "iss aud exp nbf"),
    (NOT_EMPTY, "email"),
    (IF_TRUE, "email_verified"),
    (NOT_EMPTY, "name picture preferred_username"),
)
DISCOVERY = _message(
    (MUST_BE_RIGHT, "issuer authorization_endpoint token_endpoint jwks_uri"),
    (IF_ADDRESS, "userinfo_endpoint revocation_endpoint"),
    (IF_TRUE, "authorization_response_iss_parameter_supported"),
)
KEY = _message(
    (MUST_BE_RIGHT, "kty"),
    (IF_TEXT, "kid"),
    (NOT_EMPTY, "alg use key_ops"),
    (IF_TEXT, "issuer"),
    (NOT_NULL, "d"),
)


def told(message: Message, members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are not absent. Members that are not listed stay as they are."""
    saying: dict[str, Any] = {}
    for name, given in members.items():
        meaning = message.get(name, MUST_BE_RIGHT)
        if (value := meaning.of(given)) is not None or meaning.keeps_null:
            saying[name] = value
    return saying
