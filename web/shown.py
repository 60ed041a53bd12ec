"""Values from outside, as a page or a terminal may show them to a person."""

import json
import re
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

LENGTH = 300  # characters of one value
NAME_LENGTH = 200  # characters of a name
# Zero-width joiners and non-joiners are part of words in Persian, Sinhala or Malayalam, and of
# emoji. After an ASCII letter they have no meaning, and only hide there (Unicode Standard §23.2).
STRAY_JOINER = re.compile(r"(?<![^\x00-\x7f\s\u200c\u200d])[\u200c\u200d]")
JOINERS = "\u200c\u200d"
# Never letters: noncharacters, and what is ignored where it is not known (Unicode §5.21, §23.7).
PLANE_ENDS = "".join(chr(end - 2) + chr(end - 1) for end in range(2**16, 2**20 + 2**17, 2**16))
NO_LETTER = re.compile(rf"[\u2065\ufdd0-\ufdef\ufff0-\uffff\U000e0000-\U000e0fff{PLANE_ENDS}]")
UNITS = (
    (ngettext_lazy("{count} day", "{count} days", "count"), 86_400),
    (ngettext_lazy("{count} hour", "{count} hours", "count"), 3600),
    (ngettext_lazy("{count} minute", "{count} minutes", "count"), 60),
    (ngettext_lazy("{count} second", "{count} seconds", "count"), 1),
)
# The first match names the browser: most claim to be some of the others too.
BROWSERS = {"Edge": r"\bEdg", "Opera": r"\bOPR/", "Samsung Internet": "SamsungBrowser"}
BROWSERS |= {"Firefox": "Firefox|FxiOS", "Chrome": "Chrome|CriOS", "Safari": "Safari"}
SYSTEMS = {name: name for name in ("Android", "iPhone", "iPad", "Windows")}
SYSTEMS |= {"macOS": "Mac OS X", "ChromeOS": "CrOS", "Linux": "Linux"}


def visible(value: object) -> str:
    """Return a value as text or JSON, cut. Escape controls, and marks that turn the text."""
    text = value if isinstance(value, str) else json.dumps(value)
    return escaped(text[:LENGTH] + ("..." if len(text) > LENGTH else ""))


def in_code(value: object) -> SafeString:
    """Return a value as HTML that sets it apart from the words around it."""
    return format_html('<code translate="no">{}</code>', value)


def pretty(members: dict[str, Any]) -> str:
    """Return an object as JSON over several lines, in visible characters."""
    lines = json.dumps(members, indent=2, ensure_ascii=False).split("\n")
    return "\n".join(map(escaped, lines))


def moment(value: object) -> str:
    """Return a NumericDate as a person reads it; anything else as `visible` does."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError, OSError, ValueError):
            return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC"
    return visible(value)


def minute(at: datetime) -> str:
    """Return a time in UTC to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def duration(seconds: float) -> str:
    """Return a time span in its largest unit: `3 minutes`."""
    whole = int(seconds)
    words, size = next((unit for unit in UNITS if whole >= unit[1]), UNITS[-1])
    return words.format(count=whole // size)


def device(user_agent: str) -> str:
    """Return what a browser calls itself, such as "Firefox on Linux". It may be wrong."""
    browser, system = _agent(user_agent)
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or _("A browser or program")


def device_in_english(user_agent: str) -> str:
    """Return the same for what is kept: it is read by others, in other languages."""
    browser, system = _agent(user_agent)
    return (
        f"{browser} on {system}"
        if browser and system
        else browser or system or "A browser or program"
    )


@lru_cache(maxsize=1024)  # each sign-in asks: 1 µs instead of 15
def _agent(user_agent: str) -> tuple[str, str]:
    browser = next((name for name, mark in BROWSERS.items() if re.search(mark, user_agent)), "")
    system = next((name for name, mark in SYSTEMS.items() if re.search(mark, user_agent)), "")
    return browser, system


def sentences(text: str) -> list[str]:
    """Return the sentences of a text of ours, each of which is translated by itself."""
    return re.split(r"(?<=\.) ", text)


def clean_name(value: object) -> str:
    """Return a name for one line of text, in NFC, without control and invisible characters.

    Joiners stay inside words and emoji, and so do letters that are newer than this Python.
    """
    if not isinstance(value, str):
        return ""
    spaced = " ".join(value[: 4 * NAME_LENGTH].split())
    if spaced.isascii() and spaced.isprintable():  # 1 µs instead of 6 (2026-12)
        return spaced[:NAME_LENGTH].strip()
    kept = "".join(
        letter
        for letter in spaced
        if letter in JOINERS
        or (category := unicodedata.category(letter))[0] != "C"
        # not assigned, or newer than the tables of this Python
        or (category == "Cn" and not NO_LETTER.match(letter))
    )
    return unicodedata.normalize("NFC", STRAY_JOINER.sub("", kept))[:NAME_LENGTH].strip()


def escaped(text: str) -> str:
    """Escape invisible characters as Python does."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
