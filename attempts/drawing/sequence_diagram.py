"""Draw who says what to whom, from top to bottom, as one SVG without a script.

On a page it is as wide as there is room and its text keeps its size: lanes stand at percentages,
and colours come from the site's stylesheet. As a file it brings both along.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

HEAD = 60  # px from the top to the first row
ROW = 62  # px from one row to the next
ARROW = 24  # px from the top of a row to its arrow
FOOT = 16  # px below the lanes
MARGIN = 12  # per cent from the edge to the outer lanes


@dataclass(frozen=True)
class Message:
    """An arrow from one lane to another, with a label above and a note below it."""

    source: str
    target: str
    label: str
    note: str = ""
    step: int = 0  # its number; of several messages in a row, the first shows it
    failed: bool = False
    milliseconds: int | None = None

    @property
    def duration(self) -> str:
        return duration(self.milliseconds)

    @property
    def below(self) -> str:
        parts = ("failed" if self.failed else "", self.note, self.duration)
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True)
class Row:
    """A message with its place."""

    message: Message
    number: int  # 0 for none
    y: int  # px
    start: float  # per cent
    end: float

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


@dataclass(frozen=True)
class SequenceDiagram:
    """The lanes from left to right, and the messages from top to bottom."""

    title: str
    lanes: tuple[str, ...]
    messages: tuple[Message, ...]

    @property
    def height(self) -> int:
        return HEAD + ROW * len(self.messages) + FOOT

    @property
    def lanes_end(self) -> int:
        return self.height - FOOT

    @property
    def columns(self) -> list[tuple[str, float]]:
        gap = (100 - 2 * MARGIN) / (len(self.lanes) - 1)
        return [(lane, MARGIN + index * gap) for index, lane in enumerate(self.lanes)]

    @property
    def rows(self) -> list[Row]:
        at = dict(self.columns)
        before = [0, *(message.step for message in self.messages)]
        return [
            Row(
                message,
                number=message.step if message.step != before[index] else 0,
                y=HEAD + ROW * index + ARROW,
                start=at[message.source],
                end=at[message.target],
            )
            for index, message in enumerate(self.messages)
        ]

    def file(self, width: int) -> str:
        """Return a file of its own that is readable by day and by night, `width` px wide."""
        context = {"diagram": self, "width": width, "styles": SafeString(_styles())}
        return render_to_string("how_it_works/sequence_diagram.svg", context)


def duration(milliseconds: int | None) -> str:
    """Return a time as a person would say it: `12 ms`, `3.4 s`; "" for none."""
    if milliseconds is None:
        return ""
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _styles() -> str:
    """Return the site's colours, by day and by night, and how a diagram uses them."""
    site, diagram = (_static(f"signet/{name}.css") for name in ("signet", "sequence_diagram"))
    colours = re.search(r":root \{.*?^\}\n\n@media .*?^\}\n", site, re.DOTALL | re.MULTILINE)
    return (colours[0] if colours else "") + diagram


def _static(name: str) -> str:
    return Path(str(finders.find(name))).read_text(encoding="utf-8")
