"""The token endpoint's response, read once for `flow` and for the check of a provider."""

from codecs import BOM_UTF8
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from protocol.absent_values import TOKEN_RESPONSE, told
from protocol.errors import OTHER, TOKEN_ERRORS
from protocol.jws.strict_json import MalformedError, json_object, unique

FORM = "application/x-www-form-urlencoded"
TEXT = "text/plain"  # of JSON and of a form: both have been sent so


@dataclass(frozen=True)
class TokenResponse:
    """What a token endpoint answered (RFC 6749 §5.1, §5.2). Nothing of it is judged yet.

    `members` are read by `absent_values.TOKEN_RESPONSE`. There are none if the body cannot be read:
    `fault` says why.
    """

    status: int
    members: dict[str, Any] = field(repr=False)
    fault: str = ""
    is_error: bool = False

    @property
    def error(self) -> str:
        """Return the name of its error, "another" for one that is not known."""
        error, message = self.members.get("error"), self.members.get("message")  # Twitch: no error
        names = (error, _inner(error).get("message"), message)
        known = (name for name in names if isinstance(name, str) and name in TOKEN_ERRORS)
        return next(known, OTHER)

    @property
    def marks(self) -> tuple[str, ...]:
        """Return texts that identify this kind of error, the most exact first. Never show them."""
        error, numbers = self.members.get("error"), self.members.get("error_codes")
        listed = numbers if isinstance(numbers, list) else []  # Microsoft
        inner, own = _inner(error), self.members.get("errorCode")  # Okta
        others = (self.members.get("message"), self.members.get("error_description"))
        return (
            *(f"AADSTS{number}" for number in listed if type(number) is int),
            *(text.lower() for text in (inner.get("message"), *others) if isinstance(text, str)),
            *([f"number {inner['code']}"] if type(inner.get("code")) is int else []),
            *([error] if isinstance(error, str) else []),
            *([f"errorCode {own}"] if isinstance(own, str) else []),
            f"status {self.status}",
        )

    @property
    def problem(self) -> str:
        """Return why a successful response has no usable access token, "" if it has one."""
        access_token = self.members.get("access_token")
        if self.fault or access_token in (None, ""):
            return self.fault or "no access_token"
        if not isinstance(access_token, str):
            return "access_token is no text"
        if not (access_token.isascii() and access_token.isprintable()):  # RFC 6749 appendix A
            return "access_token has a character that no token has"
        if not isinstance(self.members.get("id_token", ""), str):
            return "id_token is no text"
        token_type = str(self.members.get("token_type", "bearer"))
        return "" if token_type.strip().lower() == "bearer" else "token_type is not Bearer"


def read(status: int, content_type: str, body: bytes) -> TokenResponse:
    """Read an answer: JSON, or the form encoding that some providers kept from earlier drafts."""
    media_type = content_type.partition(";")[0].strip().lower()
    bare = body.removeprefix(BOM_UTF8).strip()  # RFC 8259 §8.1 lets a reader leave it out
    is_form = media_type == FORM or (media_type == TEXT and not bare.startswith(b"{"))
    try:
        sent = unique(parse_qsl(bare.decode("ascii", "replace"))) if is_form else json_object(bare)
    except MalformedError as error:
        return TokenResponse(status, {}, str(error))
    members = told(TOKEN_RESPONSE, sent)
    is_error = "error" in members or status not in (200, 201)
    return TokenResponse(status, members, is_error=is_error)


def _inner(error: object) -> dict[str, Any]:
    """Return the members of an error that is an object, as Facebook's."""
    return error if isinstance(error, dict) else {}
