"""The life of a key for a human reader: what it does, from when to when, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sessions.models import SigningKey
from sessions.signing_keys import life

State = SigningKey.State


@dataclass(frozen=True)
class Phase:
    """A part of a key's life. It ends early when the key is revoked."""

    name: str
    begins_at: datetime
    ends_at: datetime
    percent: int  # that has passed

    @property
    def tense(self) -> str:
        return {0: "to come", 100: "over"}.get(self.percent, "now")


@dataclass(frozen=True)
class Timeline:
    """The phases of a key, and how it ended, if it did."""

    phases: list[Phase]
    end: str
    ended_at: datetime | None

    def present(self, state: str) -> tuple[datetime, datetime | None]:
        """Return since when and until when a key is in its state; None for ever."""
        if self.ended_at:
            return self.ended_at, None
        names = {State.UPCOMING: "published", State.SIGNING: "signs", State.RETIRED: "accepted"}
        (phase,) = (each for each in self.phases if each.name == names[State(state)])
        return phase.begins_at, phase.ends_at


def timeline(key: SigningKey, rows: Sequence[SigningKey], now: datetime) -> Timeline:
    """Return the life of a key, past and planned. A phase that did not take place is left out."""
    retires_at = life.retires_at(key, rows)
    signs_from = min(key.signs_from, key.gone_at) if key.gone_at else key.signs_from
    spans = [
        ("published", key.created_at, signs_from),
        ("signs", signs_from, retires_at),
        ("accepted", retires_at, key.gone_at or life.goes_at(retires_at)),
    ]
    ended_at = key.revoked_at or (key.gone_at if key.state == State.GONE else None)
    phases = [
        _phase(name, begins_at, min(ends_at, ended_at or ends_at), now)
        for name, begins_at, ends_at in spans
        if begins_at < min(ends_at, ended_at or ends_at)
    ]
    return Timeline(phases, str(key.state) if ended_at else "", ended_at)


def _phase(name: str, begins_at: datetime, ends_at: datetime, now: datetime) -> Phase:
    """Return a phase. While it lasts, between 1 and 99 percent of it have passed."""
    if now < begins_at:
        percent = 0
    elif now >= ends_at:
        percent = 100
    else:
        percent = min(99, max(1, round((now - begins_at) / (ends_at - begins_at) * 100)))
    return Phase(name, begins_at, ends_at, percent)
