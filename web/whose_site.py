"""Whose site is it? Its name and looks, which every page shows and no page asks the database for.

Each process keeps them. Its background thread looks a few times a second whether they have changed
(`web.models.read`), and a process that changes them knows at once.
"""

import threading
from dataclasses import dataclass
from itertools import count

from web.site_files import URL, coloured_address
from web.static_files import StaticFile

SIGNET = "Signet"
MARK_SIZE = 32  # px


@dataclass(frozen=True)
class Look:
    """The site as its pages show it; templates know it as `site`. An empty text is not set."""

    name: str = SIGNET
    accent: str = ""  # #rrggbb
    support: str = ""  # mailto: or https:
    terms: str = ""
    privacy: str = ""
    logo: str = ""  # the name of its file
    mark_width: int = MARK_SIZE  # px, where it is MARK_SIZE high

    @property
    def mark(self) -> str:
        """Return the address of the picture beside the name."""
        return URL + self.logo if self.logo else coloured_address("mark.svg", self.accent)

    @property
    def stylesheet(self) -> str:
        """Return the address of the stylesheet of all pages but the admin's."""
        return coloured_address("signet.css", self.accent)

    @property
    def admin_stylesheet(self) -> str:
        return coloured_address("admin.css", self.accent)


@dataclass(frozen=True)
class Known:
    """What a process knows."""

    look: Look
    logo: StaticFile | None = None


DEFAULT = Known(Look())
_known = [DEFAULT]
_numbers = count(1)
_kept = [0]  # the number of the reading that found what is known
_lock = threading.Lock()


def current() -> Look:
    """Return the site's name and looks. This is a value: it can be part of a key."""
    return _known[0].look


def logo() -> StaticFile | None:
    """Return the picture that an admin has uploaded, if there is one."""
    return _known[0].logo


def known() -> Known:
    return _known[0]


def begin_reading() -> int:
    """Return the number of a reading that begins now, for `keep`."""
    return next(_numbers)


def keep(found: Known, number: int) -> None:
    """Keep what this reading has found, unless one that began later has been kept already."""
    with _lock:
        if number > _kept[0]:
            _known[0], _kept[0] = found, number
