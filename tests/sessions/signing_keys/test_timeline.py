from datetime import datetime, timedelta

import pytest

from sessions.signing_keys.life import present, timeline
from sessions.signing_keys.models import SigningKey
from tests.sessions.signing_keys.keys import NOW, State, key

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LIVES: dict[str, tuple[SigningKey, list[tuple[str, str]], str]] = {
    "the first key": (
        key(State.SIGNING, created_at=NOW - DAY, signs_from=NOW - DAY),
        [("signs", "now"), ("accepted", "to come")],
        "",
    ),
    "an upcoming key": (
        key(State.UPCOMING, created_at=NOW - MINUTE, signs_from=NOW + MINUTE),
        [("published", "now"), ("signs", "to come"), ("accepted", "to come")],
        "",
    ),
    "a retired key": (
        key(
            State.RETIRED,
            created_at=NOW - 2 * DAY,
            signs_from=NOW - DAY,
            retired_at=NOW - MINUTE,
            gone_at=NOW + MINUTE,
        ),
        [("published", "over"), ("signs", "over"), ("accepted", "now")],
        "",
    ),
    "a key that is gone": (
        key(
            State.GONE,
            created_at=NOW - 2 * DAY,
            signs_from=NOW - 2 * DAY,
            retired_at=NOW - DAY,
            gone_at=NOW - MINUTE,
        ),
        [("signs", "over"), ("accepted", "over")],
        "gone",
    ),
    "a key that was revoked while it signed": (
        key(State.REVOKED, created_at=NOW - 2 * DAY, signs_from=NOW - DAY, revoked_at=NOW - MINUTE),
        [("published", "over"), ("signs", "over")],
        "revoked",
    ),
    "a key that was revoked before it signed": (
        key(State.REVOKED, created_at=NOW - DAY, signs_from=NOW + MINUTE, revoked_at=NOW - MINUTE),
        [("published", "over")],
        "revoked",
    ),
    "a key that another took the place of": (
        key(State.GONE, created_at=NOW - DAY, signs_from=NOW + MINUTE, gone_at=NOW - MINUTE),
        [("published", "over")],
        "gone",
    ),
}


@pytest.mark.parametrize(("row", "phases", "end"), LIVES.values(), ids=LIVES)
def test_tells_the_life_of(row: SigningKey, phases: list[tuple[str, str]], end: str) -> None:
    *told, last = timeline(row, [row], NOW)
    if not end:
        told.append(last)
    assert [(phase.name, phase.tense) for phase in told] == phases
    assert (last.ends_at is None) is bool(end)
    assert last.name == (end or phases[-1][0])


@pytest.mark.parametrize(
    ("passed", "percent"),
    [(timedelta(0), 1), (45 * DAY, 50), (90 * DAY - MINUTE, 99)],
    ids=["just begun", "half", "nearly over"],
)
def test_a_phase_that_goes_on_is_neither_all_before_nor_all_behind_us(
    passed: timedelta, percent: int
) -> None:
    row = key(State.SIGNING, created_at=NOW - passed, signs_from=NOW - passed)
    assert timeline(row, [row], NOW)[0].percent == percent


def test_the_phases_follow_one_another_without_a_gap() -> None:
    row = key(State.UPCOMING, signs_from=NOW + DAY)
    phases = timeline(row, [row], NOW)
    assert [phase.ends_at for phase in phases[:-1]] == [phase.begins_at for phase in phases[1:]]


@pytest.mark.parametrize(
    ("row", "since", "until"),
    [
        (key(State.UPCOMING, signs_from=NOW + DAY), NOW, NOW + DAY),
        (key(State.SIGNING, signs_from=NOW + MINUTE), NOW + MINUTE, NOW + MINUTE + 90 * DAY),
        (key(State.RETIRED, retired_at=NOW + DAY, gone_at=NOW + 2 * DAY), NOW + DAY, NOW + 2 * DAY),
        (key(State.GONE, gone_at=NOW + DAY), NOW + DAY, None),
        (key(State.REVOKED, revoked_at=NOW + DAY), NOW + DAY, None),
    ],
    ids=lambda value: value.state if isinstance(value, SigningKey) else "",
)
def test_tells_since_when_and_until_when(
    row: SigningKey, since: datetime, until: datetime | None
) -> None:
    phase = present(row, [row], NOW)
    assert (phase.begins_at, phase.ends_at) == (since, until)


def test_a_key_signs_until_the_upcoming_one_takes_over() -> None:
    old, new = key(State.SIGNING), key(State.UPCOMING, signs_from=NOW + DAY)
    phase = present(old, [old, new], NOW)
    assert (phase.begins_at, phase.ends_at) == (NOW, NOW + DAY)
