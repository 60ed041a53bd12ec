"""Where a visitor may be sent after signing in, and why not elsewhere."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from django.conf import settings

HOME = "/account/"
MAX_LENGTH = 2048  # bytes, percent-encoded
VISIBLE = "".join(map(chr, range(ord("!"), ord("~") + 1)))
# What a browser would read as this site: a path whose second character starts no host.
LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
ORIGIN = re.compile(r"(https?://[a-z0-9.:\[\]-]+)(?:[/?#][!-\[\]-~]*)?")
# Of an origin that is not allowed, only a host and a port are shown.
OTHER_ORIGIN = re.compile(r"(https?://(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?)")
JOINERS = "\u200c\u200d"  # Persian and Sinhala cannot be spelt without them
# Controls, half characters, line ends, and marks that nobody sees but that turn text around.
UNSEEN = {"Cc", "Cs", "Zl", "Zp", "Cf"}
UNDECODED = "\ufffd"  # bytes that were no text


class Problem(StrEnum):
    """Why a visitor is sent home instead."""

    TOO_LONG = "too_long"
    OTHER_ORIGIN = "other_origin"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class NextPage:
    """Where a visitor goes on; `origin` is the one that is not allowed, where it has a name."""

    url: str = HOME
    problem: Problem | None = None
    origin: str = ""


def safe_next(value: str | None) -> str:
    """Return `value` if it is a path of this site or on an allowed origin, else `/account/`."""
    return next_page(value).url


def next_page(value: str | None) -> NextPage:
    """Judge an address for `next` by the characters that a browser acts on.

    Blanks and letters of any script are percent-encoded, as a browser would. What is left is
    visible ASCII without a backslash, so nothing can be stripped, decoded or normalised into
    another host (RFC 9700 §4.11).
    """
    if not value:
        return NextPage()
    if len(value) > MAX_LENGTH:
        return NextPage(problem=Problem.TOO_LONG)
    if any(map(_is_unseen, value)) or _is_another_host_to_some(value):
        return NextPage(problem=Problem.UNREADABLE)
    encoded = quote(value, safe=VISIBLE)
    if not LOCAL_PATH.fullmatch(encoded) and not _is_allowed(encoded):
        return _elsewhere(encoded)
    if len(encoded) > MAX_LENGTH:
        return NextPage(problem=Problem.TOO_LONG)
    return NextPage(encoded)


def _is_unseen(character: str) -> bool:
    is_joiner = character in JOINERS
    is_unseen = unicodedata.category(character) in UNSEEN or character == UNDECODED
    return is_unseen and not is_joiner


def _is_another_host_to_some(value: str) -> bool:
    """Tell whether a path begins with a host once full-width signs are read as ASCII."""
    normalised = unicodedata.normalize("NFKC", value)
    return "\\" in normalised or (value.startswith("/") and normalised.startswith("//"))


def _is_allowed(url: str) -> bool:
    origin = ORIGIN.fullmatch(url)
    return bool(origin and origin[1] in (settings.BASE_URL, *settings.ALLOWED_REDIRECT_ORIGINS))


def _elsewhere(url: str) -> NextPage:
    """Name the origin that is not allowed, if that is all that is wrong with the address."""
    is_address = ORIGIN.fullmatch(url)
    origin = OTHER_ORIGIN.fullmatch(is_address[1]) if is_address else None
    if origin is None:
        return NextPage(problem=Problem.UNREADABLE)
    return NextPage(problem=Problem.OTHER_ORIGIN, origin=origin[1])
