"""What `manage.py cleanup` removes besides sessions: other rooms put their part on this list."""

from collections.abc import Callable

Removal = Callable[[], int]  # removes what is over, and returns how many rows that were

_removals: dict[str, Removal] = {}


def in_cleanup(what: str, remove: Removal) -> None:
    """Have `manage.py cleanup` do this too, and report it as `what`."""
    _removals[what] = remove


def removals() -> dict[str, Removal]:
    return dict(_removals)
