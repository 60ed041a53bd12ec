"""Compare memberships by the number of an organisation, because GitHub's can change their names.

Anybody can take a name that an organisation has given up (docs.github.com, "Renaming an
organization", 2026-11). Memberships are texts: `acme` and `acme/core` as names, and the same with
the number of the organisation, `acme#80200101` and `acme/core#80200101`.
"""

from collections.abc import Iterable
from typing import NamedTuple

MARK = "#"  # stands in no name of GitHub's
TAKEN, RENAMED = "name_taken", "renamed"


class NameChange(NamedTuple):
    """What has become of the name in a rule: another organisation has it, or nobody needs to."""

    code: str = ""  # TAKEN, RENAMED, or "" while the name is right
    new_name: str = ""  # what the organisation of the rule is called now


def is_member(value: str, number: int | None, memberships: Iterable[str] | None) -> bool | None:
    """Tell whether the memberships have the organisation or team of a rule; None if unknown.

    Once a rule has a number, the name alone lets nobody in.
    """
    if memberships is None:
        return None
    listed = set(memberships)
    if number is None:
        return value in listed
    numbers, team = dict(_numbered(listed)), value.partition("/")[2]
    if any(found == number and name.partition("/")[2] == team for name, found in numbers.items()):
        return True
    return None if value in listed and value not in numbers else False


def number_of(value: str, memberships: Iterable[str]) -> int | None:
    """Return the number of the organisation that a rule names, if a membership has it."""
    wanted = value.partition("/")[0]
    numbered = _numbered(memberships)
    return next((found for name, found in numbered if name.partition("/")[0] == wanted), None)


def name_change(value: str, number: int, memberships: Iterable[str]) -> NameChange:
    """Tell whether the organisation of this number has another name now than in the rule."""
    listed, named = set(memberships), value.partition("/")[0]
    names = {found: name.partition("/")[0] for name, found in _numbered(listed)}
    name, other = names.get(number, ""), number_of(value, listed)
    if other not in (None, number):
        return NameChange(TAKEN)
    return NameChange(RENAMED, name) if name not in ("", named) else NameChange()


def _numbered(memberships: Iterable[str]) -> list[tuple[str, int]]:
    parts = (entry.partition(MARK) for entry in sorted(memberships))
    return [(name, int(number)) for name, mark, number in parts if mark]
