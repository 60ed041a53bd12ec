"""The eight steps of a sign-in in words, as `steps.toml` has them."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

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
