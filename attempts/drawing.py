"""Draw one sign-in, or sign-ins in general, as a sequence diagram."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from outgoing.redaction import Parameter
from outgoing.trace import Hop, Party

REDIRECT = 3  # row of the flow's table
TEXTS = tomllib.loads(Path(__file__).with_name("steps.toml").read_text("utf-8"))
Direction = tuple[int, Party, Party]  # step, source, target


class Step(NamedTuple):
    """A step in plain words."""

    number: int
    title: str
    words: str


def meaning(step: int, name: str) -> str:
    """Return what a parameter of a message is for, "" where it is only named."""
    meanings: dict[str, str] = TEXTS["meanings"] | TEXTS["meanings_at"].get(str(step), {})
    return meanings.get(name, "")


def from_the_redirect_on(kept: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """Put step 3 before the messages. No row keeps it, because it is the same in all sign-ins."""
    begins_later = bool(kept) and kept[0].step > REDIRECT
    return (*(hop for hop in IN_GENERAL if hop.step == REDIRECT and begins_later), *kept)


def _direction(message: dict[str, Any]) -> Direction:
    return message["step"], Party[message["from"]], Party[message["to"]]


def _labels(*lists: str) -> dict[Direction, tuple[str, str]]:
    messages = [message for name in lists for message in TEXTS["messages"][name]]
    return {_direction(each): (each["label"], each.get("note", "")) for each in messages}


def _hop(message: dict[str, Any]) -> Hop:
    names = message.get("names", "").split()
    parameters = tuple(map(Parameter, names))
    return Hop(*_direction(message), message.get("method", ""), parameters=parameters)


STEPS = tuple(Step(**step) for step in TEXTS["steps"])
LABELS = _labels("in_general", "at_times")
LABELS_AGAIN = _labels("again")
IN_GENERAL = tuple(map(_hop, TEXTS["messages"]["in_general"]))


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


FILE_WIDTH = 440  # px, of the diagram in docs/


def diagram(
    hops: Sequence[Hop] = IN_GENERAL, title: str = "A sign-in in eight steps"
) -> SequenceDiagram:
    """Return the diagram of one sign-in, or of sign-ins in general."""
    messages = [_message(hop, hops[:index]) for index, hop in enumerate(hops)]
    return SequenceDiagram(title, tuple(map(_name, Party)), tuple(messages))


def diagram_file() -> str:
    """Return `docs/pictures/how-sign-in-works.svg`; `make pictures` writes it."""
    return diagram().file(FILE_WIDTH)


def label_of(hop: Hop) -> str:
    """Return the label of a message, as the first of its kind."""
    return _words(hop, ())[0]


def _message(hop: Hop, before: Sequence[Hop]) -> Message:
    label, note = _words(hop, before)
    if hop.error and not hop.method:  # another response was expected
        label = "response"
    return Message(
        _name(hop.source),
        _name(hop.target),
        label,
        hop.error or note,
        hop.step,
        failed=bool(hop.error),
        milliseconds=hop.milliseconds,
    )


def _name(party: Party) -> str:
    return party.name.title()


def _words(hop: Hop, before: Sequence[Hop]) -> tuple[str, str]:
    """Return label and note of a message. A later message of the same kind has other ones."""
    kind = (hop.step, hop.source, hop.target)
    is_first = kind not in [(other.step, other.source, other.target) for other in before]
    label, note = (LABELS if is_first else LABELS_AGAIN).get(kind, ("", ""))
    if "access_token" in hop.names and "id_token" not in hop.names:
        label = "access token"
    return label or ("request" if hop.method else "response"), note
