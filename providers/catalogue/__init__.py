"""Which kinds of provider can be added, and what we know of each.

allauth's registry brings most kinds; the well-known ones are described here, and what a kind needs
beyond a plain authorization code flow is data too. A kind whose needs we do not meet yet is listed
with the reason and cannot be added; so is one whose id is not one person's for ever.
"""

from dataclasses import replace
from functools import cache

from providers.catalogue.by_allauth import kinds_of_allauth
from providers.catalogue.entry import Kind, Protocol
from providers.catalogue.extra import ExtraKey, problems
from providers.catalogue.groups import Group, groups
from providers.catalogue.registration import Registration, console_url, registration_of
from providers.catalogue.scopes import reasons_for, words_for
from providers.catalogue.vouching import UNLISTED, UNLISTED_FIX, words_on_vouching
from providers.catalogue.well_known import FIRST_CLASS

__all__ = [
    "FIRST_CLASS",
    "UNLISTED",
    "UNLISTED_FIX",
    "ExtraKey",
    "Group",
    "Kind",
    "Protocol",
    "Registration",
    "UnknownKindError",
    "addable_kinds",
    "console_url",
    "groups",
    "kind",
    "kinds",
    "problems",
    "reasons_for",
    "registration_of",
    "words_for",
    "words_on_vouching",
]


class UnknownKindError(LookupError):
    """No such kind in the catalogue."""


@cache
def kinds() -> dict[str, Kind]:
    """Return every OAuth 2.0 and OpenID Connect kind by its id, well-known ones first."""
    found = {kind.id: kind for kind in FIRST_CLASS}
    for known in kinds_of_allauth():
        found.setdefault(known.id, known)
    return {kind.id: _judged(kind) for kind in found.values()}


def _judged(kind: Kind) -> Kind:
    """Say of a kind why nobody can be known by its id, unless it has another reason already."""
    return replace(kind, not_yet=kind.not_yet or kind.identifier.why_not)


def kind(kind_id: str) -> Kind:
    """Return one kind, or raise `UnknownKindError`."""
    try:
        return kinds()[kind_id]
    except KeyError:
        raise UnknownKindError(kind_id) from None


def addable_kinds() -> list[Kind]:
    return [kind for kind in kinds().values() if not kind.not_yet]
