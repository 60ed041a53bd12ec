"""How each provider answers a code that is wrong on purpose, as `readings.toml` lists it.

A provider has to authenticate the client before it checks the code (RFC 6749 §4.1.3). So a
complaint about the code would mean that client ID and secret are right. But some check the code
first, and some accept any secret from a public client. So the reading is `GOOD` only for kinds that
are known to follow the RFC. For others it is `CODE`, and a second request decides. An answer that
is not listed is unknown.
"""

import tomllib
from enum import StrEnum
from pathlib import Path

from diagnosis.entries import BY_MICROSOFT_NUMBER
from protocol.error_names import MICROSOFT
from protocol.token_response import TokenResponse


class Reading(StrEnum):
    """The meanings of an answer for which there is no diagnosis. `readings.toml` explains each."""

    GOOD = "good"
    CODE = "invalid_grant"
    CREDENTIALS = "credentials"
    SIGNED_SECRET = "signed_secret"  # noqa: S105 - a secret that Signet signs
    UNKNOWN_OR_DISABLED = "unknown_or_disabled"
    CREDENTIALS_OR_URI = "credentials_or_uri"
    NOTHING = "nothing"


TABLES = tomllib.loads(Path(__file__).with_name("readings.toml").read_text("utf-8"))
BY_RFC: dict[str, str] = TABLES["by_rfc"]
BY_KIND: dict[str, dict[str, str]] = TABLES["by_kind"]
BY_KIND["microsoft"] |= BY_MICROSOFT_NUMBER
OWN_TOKEN: dict[str, str] = TABLES["own_token"]
WORDS: dict[str, dict[str, str]] = TABLES["words"]  # cause and fix of a `Reading`
# These are about the redirect URI if the description names it.
VAGUE = {
    Reading.CREDENTIALS,
    Reading.CREDENTIALS_OR_URI,
    Reading.UNKNOWN_OR_DISABLED,
    Reading.NOTHING,
    "client_not_allowed",
}
# The answer to a wrong secret may be one of these.
REFUSES_THE_CLIENT = {*VAGUE, "wrong_client_id", "wrong_client_secret"} - {Reading.NOTHING}
# Error codes of RFC 6749 §5.2: they may be shown, even if they decide nothing.
SHOWN = {*BY_RFC, "invalid_request", "unsupported_grant_type", "invalid_scope"}


def reading_of(kind: str, response: TokenResponse) -> tuple[str, str]:
    """Return what an answer means at this kind of provider, and the mark that shows it.

    The meaning is the code of a diagnosis, or a `Reading`. The mark is "" if we know none.
    """
    known = BY_RFC | BY_KIND.get(kind, {})
    mark = next((mark for mark in response.marks if mark in known), "")
    reading = known.get(mark, Reading.NOTHING)
    if response.hint == "redirect_uri" and reading in VAGUE:
        return "redirect_uri_not_registered", mark or shown(response)
    return reading, mark


def names_an_error(response: TokenResponse) -> bool:
    """Tell whether it is an error response of OAuth 2.0, and no page of something else."""
    return not SHOWN.isdisjoint(response.marks)


def shown(response: TokenResponse) -> str:
    """Return the first mark that may be shown: a code of the RFC, or a number of Microsoft's."""
    fit = (mark for mark in response.marks if mark in SHOWN or MICROSOFT.fullmatch(mark))
    return next(fit, "no error code that is known")
