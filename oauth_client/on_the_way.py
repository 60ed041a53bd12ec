"""Where is a visitor on the way to? An app that waits for the sign-in is named on the page.

Which addresses belong to apps is for another room to say, which comes after this one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from providers.marks import Letter


@dataclass(frozen=True)
class WaitingApp:
    """An app that somebody signs in for."""

    name: str
    mark: str | Letter  # as a template includes it


# Each takes the address that comes after the sign-in. No query, unless it is an app's.
FINDERS: list[Callable[[str], WaitingApp | None]] = []


def waiting_app(next_: str) -> WaitingApp | None:
    return next(filter(None, (find(next_) for find in FINDERS)), None)
