"""Compare memberships by the number of an organisation, because GitHub's can change their names.

Anybody can take a name that an organisation has given up (docs.github.com, "Renaming an
organization", 2026-11). Memberships are texts: `acme` and `acme/core` as names, and the same with
the number of the organisation, `acme#80200101` and `acme/core#80200101`.
"""

from collections.abc import Iterable

MARK = "#"  # stands in no name of GitHub's


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


def warning(value: str, number: int, memberships: Iterable[str]) -> str:
    """Warn that the organisation of this number has another name now; "" if it has not."""
    listed, named = set(memberships), value.partition("/")[0]
    names = {found: name.partition("/")[0] for name, found in _numbered(listed)}
    name, other = names.get(number, ""), number_of(value, listed)
    if other not in (None, number):
        return (
            f"“{named}” is another organisation at GitHub now. The rule holds for the one that was "
            f"called so, number {number}: enter its new name, or remove the rule."
        )
    if name not in ("", named):
        return (
            f"“{named}” is called “{name}” at GitHub now, and anybody can take the old name. The "
            f"rule goes on for number {number}: enter the new name."
        )
    return ""


def _numbered(memberships: Iterable[str]) -> list[tuple[str, int]]:
    parts = (entry.partition(MARK) for entry in sorted(memberships))
    return [(name, int(number)) for name, mark, number in parts if mark]
