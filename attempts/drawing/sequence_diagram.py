"""Draw who sends what to whom, from top to bottom, as one SVG without a script.

On a page it is as wide as its place, and its text keeps its size: lanes stand at percentages, and
colours come from the site's stylesheet. A file has a width and a stylesheet of its own.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

HEAD = 60  # px from the top to the first row
ROW = 62  # px from one row to the next
ARROW = 24  # px from the top of a row to its arrow
FOOT = 16  # px below the lanes
MARGIN = 12  # per cent from the edge to the outer lanes


class Message(NamedTuple):
    """An arrow from one lane to another, with a label above and a note below it."""

    source: str
    target: str
    label: str
    note: str = ""
    step: int = 0  # its number; of several messages in a row, the first shows it
    failed: bool = False
    milliseconds: int | None = None

    @property
    def below(self) -> str:
        parts = ("failed" if self.failed else "", self.note, duration(self.milliseconds))
        return " · ".join(part for part in parts if part)


class SequenceDiagram(NamedTuple):
    """The lanes from left to right, and the messages from top to bottom."""

    title: str
    lanes: tuple[str, ...]
    messages: tuple[Message, ...]

    @property
    def height(self) -> int:
        return self.lanes_end + FOOT

    @property
    def lanes_end(self) -> int:
        return HEAD + ROW * len(self.messages)

    @property
    def columns(self) -> list[tuple[str, float]]:
        gap = (100 - 2 * MARGIN) / (len(self.lanes) - 1)
        return [(lane, MARGIN + index * gap) for index, lane in enumerate(self.lanes)]

    def rows(self) -> Iterator[dict[str, Any]]:
        """Return each message with its place, in px and per cent; `number` is 0 for none."""
        at = dict(self.columns)
        step_before = 0
        for index, message in enumerate(self.messages):
            start, end = at[message.source], at[message.target]
            yield {
                "message": message,
                "number": message.step if message.step != step_before else 0,
                "y": HEAD + ROW * index + ARROW,
                "start": start,
                "end": end,
                "middle": (start + end) / 2,
            }
            step_before = message.step

    def file(self, width: int) -> str:
        """Return an SVG file, `width` px wide, with colours for light and dark screens."""
        context = {"diagram": self, "width": width, "styles": SafeString(_styles())}
        return render_to_string("how_it_works/sequence_diagram.svg", context)


def duration(milliseconds: int | None) -> str:
    """Return a time as the page shows it: `12 ms`, `3.4 s`; "" for none."""
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
