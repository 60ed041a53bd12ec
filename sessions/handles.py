"""Handles: short names by which apps know people (`preferred_username`, OpenID Connect Core §5.1).

Apps make accounts by this name, and files, addresses and paths of it. So it is unique, has a form
that all of them accept, and a name that has a meaning in some app does not come from a sign-up.
Nobody gets a handle that somebody else had: an app could take them for that person.
"""

import re
import secrets
import tomllib
import unicodedata
from pathlib import Path

from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy

LENGTH = 32  # characters
FORM = re.compile(r"[a-z][a-z0-9._-]{1,31}")
FALLBACK = "user"
PURPOSE = "sessions.spent_handle"
NUMBERED = range(2, 10)  # tried one after another; after that, chance finds a free number sooner
OTHERS = re.compile(r"[^a-z0-9._-]+")
SEPARATORS = re.compile(r"[._-]{2,}")
# Letters that Unicode does not decompose into a letter of ASCII
ALONE = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "\u0131": "i",
    }
)
_words = tomllib.loads(Path(__file__).with_name("reserved_handles.toml").read_text("utf-8"))
RESERVED = frozenset(word for words in _words.values() for word in words.split())
validate_form = RegexValidator(
    rf"^{FORM.pattern}\Z",
    gettext_lazy(
        "Use 2 to 32 characters: lower-case letters from a to z, digits, and . _ -, with a letter "
        "first."
    ),
)


def wished_handle(*texts: str, may_be_reserved: bool = False) -> str:
    """Return the handle that somebody would get if it were free, from the first text that has one.

    A text may be a login name, an address, of which the local part counts, or a name.
    """
    handle = next(filter(None, map(_handle_in, texts)), FALLBACK)
    if may_be_reserved or not is_reserved(handle):
        return handle
    return f"{FALLBACK}-{handle}"[:LENGTH].rstrip("._-")


def is_reserved(handle: str) -> bool:
    """Tell whether only an admin gives this handle; `admin1` and `ad-min` are like `admin`."""
    letters = re.sub("[._-]", "", handle)
    return bool({letters, letters.rstrip("0123456789")} & RESERVED)


def candidates(handle: str, *, is_contested: bool = False) -> list[str]:
    """Return this handle and others with a number, in the order in which they should be taken.

    If it `is_contested`, others take handles at the same moment. Then only chance keeps them apart.
    """
    numbered = [] if is_contested else ["", *(f"-{number}" for number in NUMBERED)]
    by_chance = [f"-{secrets.randbelow(9 * 10**zeros) + 10**zeros}" for zeros in (3, 5, 8)]
    ends = [*numbered, *by_chance]
    return [handle[: LENGTH - len(end)].rstrip("._-") + end for end in ends]


def digests_of(handle: str) -> list[str]:
    """Return what may be stored of a handle that is spent, with the present key first."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [salted_hmac(PURPOSE, handle, key, algorithm="sha256").hexdigest() for key in keys]


def _handle_in(text: str) -> str:
    """Return the handle that a text gives, "" if it has too few letters of ASCII."""
    local = text.strip().partition("@")[0].casefold().translate(ALONE)
    letters = unicodedata.normalize("NFKD", local).encode("ascii", "ignore").decode().lower()
    joined = SEPARATORS.sub(lambda run: run[0][0], OTHERS.sub("-", letters))
    handle = joined.lstrip("0123456789._-")[:LENGTH].rstrip("._-")
    return handle if FORM.fullmatch(handle) else ""
