"""The marks of kinds: a drawing where there is one, else letters."""

import zlib
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string

MARKS = settings.BASE_DIR / "templates" / "marks"
LETTER = "marks/letter.svg"  # the template of a mark that is no drawing
DRAWN = frozenset(path.stem for path in MARKS.glob("*.svg")) - {"letter"}  # kinds with a drawing
COLOURS = 8  # classes `tint-0` and on, in static/signet/providers.css


class Named(Protocol):
    """A kind: of a provider, or of an app."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Mark:
    """The mark of a kind: a template, or letters on one of the colours."""

    template: str
    letters: str
    tint: int

    @classmethod
    def of(cls, kind: Named) -> "Mark":
        letters = "".join(char for char in kind.name if char.isalnum())[:2]
        return cls(_drawing(kind.id), letters, zlib.crc32(kind.id.encode()) % COLOURS)


@dataclass(frozen=True)
class Letter:
    """The mark of a button whose kind has no drawing. `{% include %}` takes it as a template."""

    letter: str

    def render(self, context: Context) -> str:
        return render_to_string(LETTER, {"letter": self.letter})


def mark_of_button(kind_id: str, name: str) -> str | Letter:
    """Return what a button includes: the template of a drawing, or the name's first letter."""
    first = next(filter(str.isalnum, name), name[:1])
    return _drawing(kind_id) or Letter(first.upper())


def _drawing(kind_id: str) -> str:
    """Return the template of a kind's drawing, "" for none."""
    return f"marks/{kind_id}.svg" if kind_id in DRAWN else ""
