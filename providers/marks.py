"""The marks of kinds: a drawing where there is one, else two letters on a colour."""

import zlib
from dataclasses import dataclass

from django.conf import settings

from providers.catalogue import Kind

MARKS = settings.BASE_DIR / "templates" / "marks"
DRAWN = frozenset(path.stem for path in MARKS.glob("*.svg")) - {"other"}  # kinds with a drawing
COLOURS = 8  # classes `tint-0` and on, in static/signet/providers.css


@dataclass(frozen=True)
class Mark:
    """The mark of a kind: a template, or letters on one of the colours."""

    template: str
    letters: str
    tint: int

    @classmethod
    def of(cls, kind: Kind) -> "Mark":
        letters = "".join(char for char in kind.name if char.isalnum())[:2]
        template = drawing(kind.id) if kind.id in DRAWN else ""
        return cls(template, letters, zlib.crc32(kind.id.encode()) % COLOURS)


def drawing(kind_id: str) -> str:
    """Return the template of a kind's drawing, or the general one."""
    return f"marks/{kind_id if kind_id in DRAWN else 'other'}.svg"
