"""Which kinds of provider can be added, and what we know of each.

Each kind has one entry, in `well_known.toml` or `others.toml`. Some kinds cannot be added yet: we
do not speak their protocol, or their id does not always mean one person. The entry says why.
"""

from functools import cache

from providers.catalogue.entry import ExtraKey, Kind, Protocol, RegistrationGuide, problems
from providers.catalogue.reading import (
    FIRST_CLASS,
    OWN_SERVERS,
    UNLISTED,
    UNLISTED_FIX,
    WELL_KNOWN,
    Group,
    all_kinds,
    groups,
    on_vouching,
    reasons_for,
    shared_by,
)

__all__ = [
    "DESCRIBED",
    "FIRST_CLASS",
    "UNLISTED",
    "UNLISTED_FIX",
    "ExtraKey",
    "Group",
    "Kind",
    "Protocol",
    "RegistrationGuide",
    "UnknownKindError",
    "addable_kinds",
    "groups",
    "kind",
    "kinds",
    "on_vouching",
    "problems",
    "reasons_for",
    "shared_by",
]
DESCRIBED = (*WELL_KNOWN, *OWN_SERVERS)  # the kinds whose registration is described


class UnknownKindError(LookupError):
    """No such kind in the catalogue."""


@cache
def kinds() -> dict[str, Kind]:
    """Return every OAuth 2.0 and OpenID Connect kind by its id, well-known ones first."""
    return {kind.id: kind for kind in all_kinds()}


def kind(kind_id: str) -> Kind:
    """Return one kind, or raise `UnknownKindError`."""
    try:
        return kinds()[kind_id]
    except KeyError:
        raise UnknownKindError(kind_id) from None


def addable_kinds() -> list[Kind]:
    return [kind for kind in kinds().values() if not kind.not_yet]
