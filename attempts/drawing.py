"""Draw who sends what to whom in a sign-in, from top to bottom, as one SVG without a script.

On a page it fills its place, and its text keeps its size: lanes stand at percentages, and
colours come from the site's stylesheet. A file has a width and a stylesheet of its own.
`steps.toml` has the eight steps in words.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from attempts.models import from_json
from outgoing.redaction import Parameter
from outgoing.trace import Hop, Party
from web.static_files import names

HEAD = 60  # px from the top to the first row
ROW = 62  # px from one row to the next
ARROW = 24  # px from the top of a row to its arrow
FOOT = 16  # px below the lanes
NAMES = {
    Party.BROWSER: gettext_lazy("Browser"),
    Party.SIGNET: "Signet",
    Party.PROVIDER: gettext_lazy("Provider"),
}
LANES = {Party.BROWSER: 12.0, Party.SIGNET: 50.0, Party.PROVIDER: 88.0}  # per cent from the left
FILE_WIDTH = 440  # px, of the diagram in docs/
REDIRECT = 3  # row of the flow's table

Direction = tuple[int, Party, Party]  # step, source, target
Labels = Mapping[Direction, tuple[str, str]]  # label and note of a message
TEXTS = tomllib.loads(Path(__file__).with_name("steps.toml").read_text("utf-8"))
STEPS = tuple(SimpleNamespace(**step) for step in TEXTS["steps"])  # number, title, words


def _direction(message: dict[str, Any]) -> Direction:
    return message["step"], Party[message["from"]], Party[message["to"]]


def _labels(*lists: str) -> Labels:
    messages = [message for name in lists for message in TEXTS["messages"][name]]
    return {_direction(each): (each["label"], each.get("note", "")) for each in messages}


@dataclass(frozen=True)
class Wording:
    """What the parties and the messages between them are called."""

    names: Mapping[Party, Any]
    labels: Labels
    again: Labels  # of the second message of its kind, and later ones


OF_SIGN_IN = Wording(NAMES, _labels("in_general", "at_times"), _labels("again"))


def wording_of_app(name: str) -> Wording:
    """Return the words for a sign-in to an app. It is in our usual place, we in the provider's."""
    names = NAMES | {Party.SIGNET: name, Party.PROVIDER: NAMES[Party.SIGNET]}
    return Wording(names, _labels("of_app"), _labels("of_app_again"))


IN_GENERAL = tuple(
    Hop(
        *_direction(message),
        method=message.get("method", ""),
        parameters=tuple(map(Parameter, message.get("names", "").split())),
    )
    for message in TEXTS["messages"]["in_general"]
)


def diagram(
    hops: Sequence[Hop] = IN_GENERAL, title: str = "", wording: Wording = OF_SIGN_IN
) -> dict[str, Any]:
    """Return what the template draws, with places in px and per cent.

    By default it shows a sign-in in general.
    """
    lanes_end = HEAD + ROW * len(hops)
    return {
        "title": title or gettext("A sign-in in eight steps"),
        "height": lanes_end + FOOT,
        "lanes_end": lanes_end,
        "columns": [(wording.names[party], place) for party, place in LANES.items()],
        "messages": [_message(hop, hops[:index], wording) for index, hop in enumerate(hops)],
    }


def diagram_of(kept: str, title: str) -> dict[str, Any]:
    """Draw kept messages, with step 3 before them: it is always the same, so no row keeps it."""
    hops = from_json(kept)
    redirect = [hop for hop in IN_GENERAL if hop.step == REDIRECT]
    return diagram([*redirect, *hops] if hops and hops[0].step > REDIRECT else hops, title)


def diagram_file() -> str:
    """Return `docs/pictures/how-sign-in-works.svg`; `make pictures` writes it.

    It has the site's colours, by day and by night.
    """
    colours, drawing = (
        Path(names()[f"signet/{name}.css"]).read_text("utf-8")
        for name in ("colours", "sequence_diagram")
    )
    styles = SafeString(colours[colours.index(":root") :] + drawing)
    context = {"diagram": diagram(), "width": FILE_WIDTH, "styles": styles}
    return render_to_string("how_it_works/sequence_diagram.svg", context)


def _message(hop: Hop, before: Sequence[Hop], wording: Wording) -> dict[str, Any]:
    """Return an arrow from one lane to another, with a label above and a note below it."""
    label, note = words_of(hop, before, wording)
    start, end = LANES[hop.source], LANES[hop.target]
    below = (gettext("failed") if hop.error else "", hop.error or note, duration(hop.milliseconds))
    is_first = not before or before[-1].step != hop.step
    return {
        "source": wording.names[hop.source],
        "target": wording.names[hop.target],
        "label": gettext("response")
        if hop.error and not hop.method
        else label,  # another was expected
        "below": " · ".join(filter(None, below)),
        "step": hop.step,
        "number": hop.step if is_first else 0,  # only the first message of a step shows it
        "failed": bool(hop.error),
        "y": HEAD + ROW * len(before) + ARROW,
        "start": start,
        "end": end,
        "middle": (start + end) / 2,
    }


def words_of(
    hop: Hop, before: Sequence[Hop] = (), wording: Wording = OF_SIGN_IN
) -> tuple[str, str]:
    """Return label and note of a message. A later message of the same kind has other ones."""
    kind = (hop.step, hop.source, hop.target)
    is_first = kind not in [(other.step, other.source, other.target) for other in before]
    label, note = (wording.labels if is_first else wording.again).get(kind, ("", ""))
    return _label(hop, label), gettext(note) if note else ""


def _label(hop: Hop, usual: str) -> str:
    if "error" in hop.names:
        return gettext("error")
    if "access_token" in hop.names and "id_token" not in hop.names:
        return gettext("access token")
    if usual:
        return gettext(usual)
    return gettext("request") if hop.method else gettext("response")


def meaning(step: int, name: str) -> str:
    """Return what a parameter of a message is for, "" where it is only named."""
    meanings: dict[str, str] = TEXTS["meanings"] | TEXTS["meanings_at"].get(str(step), {})
    return gettext(meanings[name]) if name in meanings else ""


def duration(milliseconds: int | None) -> str:
    """Return a time as its reader writes it: `12 ms`, `3.4 s`, `3,4 s`; "" for none."""
    if milliseconds is None:
        return ""
    if milliseconds < 1000:
        return gettext("{count} ms").format(count=milliseconds)
    return gettext("{count} s").format(count=number_format(milliseconds / 1000, 1))
