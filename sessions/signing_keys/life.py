"""The life of a key, as its row and the time decide it. Nothing here reads or saves a row.

`rows` are keys of one purpose: keys of another do not succeed them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from sessions.signing_keys.algorithms import algorithm_of
from sessions.signing_keys.models import SigningKey

Purpose = SigningKey.Purpose
State = SigningKey.State

JWKS_MAX_AGE = 300  # seconds that a verifier may keep our keys
STALE_AFTER = 30  # seconds after which a process looks into the database before it signs
# How long a key is published before it signs. After that time, no cache has a set without it. The
# minute is for processes that learn of the key late, and for clocks that differ.
PRE_PUBLICATION = timedelta(seconds=JWKS_MAX_AGE + 60)
# How long a retired key stays after its last token has expired, for the same two reasons.
MARGIN = timedelta(seconds=120)

ACCEPTED = (State.UPCOMING, State.SIGNING, State.RETIRED)  # published, and their tokens are valid
MAY_SIGN = (State.UPCOMING, State.SIGNING)


def by_purpose(rows: Iterable[SigningKey]) -> dict[Purpose, list[SigningKey]]:
    """Return the keys of each purpose, those of session JWTs first."""
    known = list(rows)
    return {each: [row for row in known if row.purpose == each] for each in Purpose}


def upcoming(rows: Iterable[SigningKey]) -> SigningKey | None:
    return next((row for row in rows if row.state == State.UPCOMING), None)


def signing(rows: Iterable[SigningKey], now: datetime) -> SigningKey | None:
    """Return the key that signs now, whether or not its state has been saved yet."""
    candidates = [row for row in rows if row.state in MAY_SIGN and row.signs_from <= now]
    return max(candidates, key=lambda row: row.signs_from, default=None)


def retires_at(row: SigningKey, rows: Iterable[SigningKey]) -> datetime:
    """Return when another key takes over from this one, as far as can be known."""
    if row.retired_at:
        return row.retired_at
    successor = upcoming(rows) if row.state == State.SIGNING else None
    max_age = timedelta(seconds=settings.SIGNING_KEY_MAX_AGE)
    return successor.signs_from if successor else row.signs_from + max_age


def needs_successor(rows: Sequence[SigningKey], now: datetime) -> bool:
    """Tell whether a key has to be published now, so that it can take over in time."""
    current = signing(rows, now)
    if current is None or any(row.signs_from > now for row in rows if row.state in MAY_SIGN):
        return False
    is_old = now + PRE_PUBLICATION >= retires_at(current, rows)
    return is_old or current.algorithm != algorithm_of(current.purpose)


def settle(rows: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
    """Give each key the state that it has now. Return those that changed, in the order to save."""
    changed: list[SigningKey] = []
    successor = upcoming(rows)
    if successor and successor.signs_from <= now:
        for row in rows:
            if row.state == State.SIGNING:  # it stays as long as one of its tokens may be valid
                row.state, row.retired_at = State.RETIRED, successor.signs_from
                row.gone_at = goes_at(row.retired_at)
                changed.append(row)
        successor.state = State.SIGNING
        changed.append(successor)
    changed.extend(
        remove(row, row.gone_at)
        for row in rows
        if row.state == State.RETIRED and row.gone_at is not None and row.gone_at <= now
    )
    return changed


def goes_at(retired_at: datetime) -> datetime:
    """Return when the last token of a key that retires then has expired by every clock.

    An ID token lives as long as a session JWT.
    """
    return retired_at + timedelta(seconds=settings.SESSION_TOKEN_LIFETIME) + MARGIN


def remove(row: SigningKey, at: datetime) -> SigningKey:
    """Keep only the history of a key."""
    row.state, row.gone_at, row.private_key = State.GONE, at, ""
    return row


class Phase(NamedTuple):
    """A part of a key's life. The last one of a key that is gone or revoked has no end.

    `name` and `tense` are codes; pages show `label` and `progress`.
    """

    name: str
    begins_at: datetime
    ends_at: datetime | None = None
    percent: int = 100  # that has passed

    @property
    def tense(self) -> str:
        return {0: "to come", 100: "over"}.get(self.percent, "now")

    @property
    def label(self) -> str:
        return {
            "published": _("Published"),
            "signs": _("Signing"),
            "accepted": _("Tokens still accepted"),
            "gone": _("Removed"),
            "revoked": _("Revoked"),
        }[self.name]

    @property
    def progress(self) -> str:
        now = _("Now ({percent}%)").format(percent=self.percent)
        return {0: _("Planned"), 100: _("Finished")}.get(self.percent, now)


def timeline(key: SigningKey, rows: Sequence[SigningKey], now: datetime) -> list[Phase]:
    """Return the life of a key, past and planned. A phase that did not take place is left out."""
    retirement = retires_at(key, rows)
    signs_from = min(key.signs_from, key.gone_at) if key.gone_at else key.signs_from
    spans = [
        ("published", key.created_at, signs_from),
        ("signs", signs_from, retirement),
        ("accepted", retirement, key.gone_at or goes_at(retirement)),
    ]
    ended_at = key.revoked_at or (key.gone_at if key.state == State.GONE else None)
    phases = [
        _phase(name, begins_at, min(ends_at, ended_at or ends_at), now)
        for name, begins_at, ends_at in spans
        if begins_at < min(ends_at, ended_at or ends_at)
    ]
    return [*phases, Phase(str(key.state), ended_at)] if ended_at else phases


def _phase(name: str, begins_at: datetime, ends_at: datetime, now: datetime) -> Phase:
    """Return a phase. While it lasts, between 1 and 99 percent of it have passed."""
    passed = (now - begins_at) / (ends_at - begins_at)
    percent = min(99, max(1, round(passed * 100)))
    if not 0 <= passed < 1:
        percent = 0 if passed < 0 else 100
    return Phase(name, begins_at, ends_at, percent)


def present(key: SigningKey, rows: Sequence[SigningKey], now: datetime) -> Phase:
    """Return the phase that a key is in, by its state."""
    names = {State.UPCOMING: "published", State.SIGNING: "signs", State.RETIRED: "accepted"}
    name = names.get(State(key.state), key.state)
    return next(phase for phase in timeline(key, rows, now) if phase.name == name)
