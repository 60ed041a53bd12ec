"""References that visitors read aloud, such as `7F3K-Q2MD`, and what one of them carries.

A failed sign-in with a row has a short one. Where there is no row, the reference itself carries the
diagnosis, the provider, the time and a short MAC, which shows almost every mistyped reference.
Whoever tries some ten thousand invents one. It tells an admin a wrong diagnosis, no more.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import salted_hmac

from diagnosis import DIAGNOSES

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 characters that do not look alike
BITS = 5  # of a character
SHORT, LONG = 8, 12  # characters
TICK = 240  # seconds
REFERENCE = re.compile(rf"[{ALPHABET}]{{4}}(?:-[{ALPHABET}]{{4}}){{1,2}}")
PURPOSE = "reference of a failed sign-in"


class Lengths(NamedTuple):
    """The bits of each part of a long reference. After eight years, the ticks begin anew."""

    diagnosis: int = 15
    provider: int = 10
    tick: int = 20
    mac: int = 15


LENGTHS = Lengths()


def digest(text: str, bits: int) -> int:
    """Return the first bits of a hash: the code itself would take more characters."""
    return int.from_bytes(sha256(text.encode()).digest()) >> (256 - bits)


def by_digest(codes: Iterable[str]) -> dict[int, str]:
    return {digest(code, LENGTHS.diagnosis): code for code in codes}


BY_DIGEST = by_digest(DIAGNOSES)


@dataclass(frozen=True)
class Carried:
    """What a long reference says. `provider` is a slug, "" if it is gone."""

    diagnosis: str
    provider: str
    at: datetime  # up to four minutes too early


def new_reference() -> str:
    """Return a reference for a row: 40 random bits."""
    return spaced("".join([ALPHABET[byte % 32] for byte in secrets.token_bytes(SHORT)]))


def carrying(diagnosis: str, provider: str, now: float) -> str:
    """Return the reference of a failure without a row. `now` is a NumericDate."""
    tick = int(now) // TICK % (1 << LENGTHS.tick)
    parts = (digest(diagnosis, LENGTHS.diagnosis), digest(provider, LENGTHS.provider), tick)
    number = 0
    for part, bits in zip(parts, LENGTHS, strict=False):
        number = number << bits | part
    whole = number << LENGTHS.mac | _mac(number, settings.SECRET_KEY)
    return spaced(
        "".join([ALPHABET[whole >> BITS * place & 31] for place in reversed(range(LONG))])
    )


def carried_by(
    reference: str, slugs: Iterable[str], now: float, codes: Mapping[int, str] = BY_DIGEST
) -> Carried | None:
    """Return what a reference carries; None if it is not ours. `slugs` are of all providers.

    `codes` are those that it may carry, by their digests. Other rooms have their own.
    """
    number = _number(reference)
    if number is None:
        return None
    rest, tick = divmod(number, 1 << LENGTHS.tick)
    of_code, of_slug = divmod(rest, 1 << LENGTHS.provider)
    if of_code not in codes:  # a diagnosis of another release
        return None
    ago = (int(now) // TICK - tick) % (1 << LENGTHS.tick)
    at = datetime.fromtimestamp((int(now) // TICK - ago) * TICK, UTC)
    found = (slug for slug in slugs if digest(slug, LENGTHS.provider) == of_slug)
    return Carried(codes[of_code], next(found, ""), at)


def _number(reference: str) -> int | None:
    """Return the number before the MAC, None if the MAC is not ours."""
    letters = plain(reference)
    if len(letters) != LONG or not set(letters) <= set(ALPHABET):
        return None
    whole = sum(
        ALPHABET.index(letter) << BITS * place for place, letter in enumerate(letters[::-1])
    )
    number, mac = divmod(whole, 1 << LENGTHS.mac)
    known = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return number if mac in [_mac(number, secret) for secret in known] else None


def plain(reference: str) -> str:
    """Return the letters of a reference, however somebody has typed it."""
    return reference.upper().replace("-", "").replace(" ", "")


def spaced(letters: str) -> str:
    """Return the letters as they are shown."""
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _mac(number: int, secret: str) -> int:
    made = salted_hmac(PURPOSE, str(number), secret=secret, algorithm="sha256").digest()
    return int.from_bytes(made) >> (256 - LENGTHS.mac)
