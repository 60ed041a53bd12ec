"""Where a visitor may be sent after signing in, and what we say about a refused address."""

import logging
import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from web.cache_errors import cache_errors
from web.shown import JOINERS

logger = logging.getLogger(__name__)
HOME = "/account/"
START = "/"  # leads to what a person has here: their apps, if there are any, else to HOME
HOMES = (HOME, START)  # where somebody goes who has asked for no page
MAX_LENGTH = 2048  # bytes, percent-encoded
VISIBLE = "".join(map(chr, range(ord("!"), ord("~") + 1)))
# A path on this site. For a browser, a slash or backslash after the first slash starts a host.
LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
ORIGIN = re.compile(r"(https?://[a-z0-9.:\[\]-]+)(?:[/?#][!-\[\]-~]*)?")
# Of an origin that is not allowed, only a host and a port are shown.
OTHER_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")
# Control characters, half characters, line ends, and invisible marks that reverse text.
UNSEEN = {"Cc", "Cs", "Zl", "Zp", "Cf"}
REFUSED = "refused-origins"  # key in the cache
KEPT = 7 * 86_400  # seconds
MOST = 20  # origins; anybody can name one


class Problem(StrEnum):
    """Why a visitor is sent home instead."""

    TOO_LONG = "too_long"
    OTHER_ORIGIN = "other_origin"
    UNREADABLE = "unreadable"


MAX_NAMED = 60  # characters of a host; anybody could advertise a longer text on our page
WORDS = {
    Problem.TOO_LONG: _(
        "The address to open after the sign-in is longer than {length} characters."
        " You will see your account instead."
    ),
    Problem.UNREADABLE: _(
        "The address to open after the sign-in can't be read. You will see your account instead."
    ),
    Problem.OTHER_ORIGIN: _(
        "{app} is not on this site's list of apps, so you will not return to it. You will see your"
        " account instead. If you know the app, tell an admin of this site."
    ),
}
LONG_HOST = _(
    "The app that sent you here is not on this site's list of apps, so you will not return to it."
    " You will see your account instead. If you know the app, tell an admin of this site."
)


@dataclass(frozen=True)
class NextPage:
    """Where a visitor goes next. `origin` is set if its origin is not allowed and can be shown."""

    url: str = HOME
    problem: Problem | None = None
    origin: str = ""

    @property
    def words(self) -> str:
        """Return what the visitor reads, "" if nothing is wrong."""
        if not self.problem:
            return ""
        host = self.origin.partition("://")[2]
        words = WORDS[self.problem] if len(host) <= MAX_NAMED else LONG_HOST
        return words.format(app=host, length=number_format(MAX_LENGTH, force_grouping=True))


_home = [""]  # until this process has looked
LOOKS: list[Callable[[], None]] = []  # each calls `set_home`


def home() -> str:
    """Return where people go who ask for no page. Only a process that never looked does it here."""
    if not _home[0]:
        set_home(HOME)
        for look in LOOKS:
            look()
    return _home[0]


def set_home(url: str) -> None:
    """Let people who ask for no page go here from now on: HOME, or START where there are apps."""
    _home[0] = url


def safe_next(value: str | None) -> str:
    """Return `value` if it is a path of this site or on an allowed origin, else where they start.

    Without apps that can be opened, that is `/account/`. It always is for a refused address.
    """
    return next_page(value).url


def next_page(value: str | None) -> NextPage:
    """Judge an address for `next` by the characters that a browser acts on.

    Blanks and letters of any script are percent-encoded, as a browser would. What is left is
    visible ASCII without a backslash, so nothing can be stripped, decoded or normalised into
    another host (RFC 9700 §4.11).
    """
    if not value:
        return NextPage(home())
    if len(value) > MAX_LENGTH:
        return NextPage(problem=Problem.TOO_LONG)
    if _is_unreadable(value):
        return NextPage(problem=Problem.UNREADABLE)
    encoded = quote(value, safe=VISIBLE)
    address = ORIGIN.fullmatch(encoded)
    origin = address[1] if address else ""
    allowed = (settings.BASE_URL, *settings.ALLOWED_REDIRECT_ORIGINS)
    if LOCAL_PATH.fullmatch(encoded) or origin in allowed:
        is_short = len(encoded) <= MAX_LENGTH
        return NextPage(encoded) if is_short else NextPage(problem=Problem.TOO_LONG)
    if OTHER_ORIGIN.fullmatch(origin):
        return NextPage(problem=Problem.OTHER_ORIGIN, origin=origin)
    return NextPage(problem=Problem.UNREADABLE)


def _is_unreadable(value: str) -> bool:
    """Tell whether some programs would not read this address as we do.

    Some read full-width signs as ASCII, and find another host. U+FFFD stands for bytes that were no
    text. Persian and Sinhala cannot be spelt without joiners.
    """
    seen = (letter for letter in value if letter not in JOINERS)
    if any(unicodedata.category(letter) in UNSEEN or letter == "\ufffd" for letter in seen):
        return True
    normalised = unicodedata.normalize("NFKC", value)
    return "\\" in normalised or (value.startswith("/") and normalised.startswith("//"))


def note_refused_next(page: NextPage) -> None:
    """Log a refused `next` for the admin; an origin only once in a while."""
    if page.problem is Problem.OTHER_ORIGIN and _is_new(page.origin):
        words = "nobody is sent on to %s: it is not in ALLOWED_REDIRECT_ORIGINS"
        logger.warning(words, page.origin)
    elif page.problem is not Problem.OTHER_ORIGIN:
        logger.info("next was refused: %s", page.problem)


def tell_later(request: HttpRequest, page: NextPage) -> None:
    """Show the words to a signed-in visitor, on the page that replaces the refused one."""
    if page.problem and not len(messages.get_messages(request)):
        messages.warning(request, page.words)


def refused_origins() -> list[str]:
    """Return the origins that were refused in the last days, the latest first."""
    try:
        found: dict[str, float] = cache.get(REFUSED, {})
    except cache_errors():
        return []
    return sorted(found, key=lambda origin: -found[origin])


def _is_new(origin: str) -> bool:
    """Remember the origin, and tell whether it was not known; without a cache all are new."""
    now = time.time()
    try:
        found: dict[str, float] = cache.get(REFUSED, {})
        latest = sorted((found | {origin: now}).items(), key=lambda item: -item[1])[:MOST]
        cache.set(REFUSED, {name: at for name, at in latest if at > now - KEPT}, KEPT)
    except cache_errors():
        return True
    return origin not in found
