"""The life of a key, told by the clock alone: no test here has a database."""

from collections.abc import Iterator
from copy import copy
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from sessions.signing_keys import life
from sessions.signing_keys.models import SigningKey
from tests.sessions.signing_keys.keys import NOW, State, id_token_key, key

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
PUBLISHED_FOR = timedelta(seconds=360)


@pytest.fixture(autouse=True)
def _ninety_days(settings: Settings) -> None:
    settings.SIGNING_KEY_MAX_AGE, settings.SESSION_TOKEN_LIFETIME = 90 * 86400, 600


@pytest.mark.parametrize(
    ("age", "is_due"),
    [
        (timedelta(0), False),
        (90 * DAY - PUBLISHED_FOR - SECOND, False),
        (90 * DAY - PUBLISHED_FOR, True),
        (90 * DAY, True),
        (400 * DAY, True),
    ],
    ids=str,
)
def test_a_successor_is_due_in_time_to_be_published_first(age: timedelta, *, is_due: bool) -> None:
    rows = [key(State.SIGNING, signs_from=NOW - age)]
    assert life.needs_successor(rows, NOW) is is_due


def test_a_successor_is_due_when_the_admin_chooses_another_algorithm(settings: Settings) -> None:
    rows = [key(State.SIGNING)]
    settings.SIGNING_ALGORITHM = "EdDSA"
    assert life.needs_successor(rows, NOW)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "HS256"])
def test_a_key_for_id_tokens_needs_no_other_when_the_admin_does(
    algorithm: str, settings: Settings
) -> None:
    settings.SIGNING_ALGORITHM = algorithm
    assert not life.needs_successor([id_token_key(State.SIGNING)], NOW)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [key(State.RETIRED)],
        [key(State.SIGNING, signs_from=NOW - 90 * DAY), key(State.UPCOMING, signs_from=NOW + DAY)],
        [key(State.SIGNING, signs_from=NOW - 90 * DAY), key(State.UPCOMING, signs_from=NOW)],
    ],
    ids=["no key", "none that signs", "one is upcoming", "one has just taken over"],
)
def test_no_successor_is_due_with(rows: list[SigningKey]) -> None:
    assert not life.needs_successor(rows, NOW)


def test_an_upcoming_key_signs_from_its_moment_on_though_no_row_says_so() -> None:
    old, new = key(State.SIGNING, signs_from=NOW - DAY), key(State.UPCOMING, signs_from=NOW)
    assert life.signing([old, new], NOW - SECOND) is old
    assert life.signing([old, new], NOW) is new


def test_then_the_old_one_stays_until_its_last_token_has_expired_on_every_clock() -> None:
    old, new = key(State.SIGNING, signs_from=NOW - DAY), key(State.UPCOMING, signs_from=NOW)
    assert life.settle([old, new], NOW + 5 * SECOND) == [old, new]
    assert (old.state, old.retired_at) == (State.RETIRED, NOW)
    assert old.gone_at == NOW + timedelta(seconds=600 + 120)
    assert new.state == State.SIGNING


def test_nothing_changes_before_its_time() -> None:
    rows = [
        key(State.RETIRED, retired_at=NOW, gone_at=NOW + SECOND),
        key(State.SIGNING),
        key(State.UPCOMING, signs_from=NOW + SECOND),
        key(State.REVOKED),
    ]
    assert life.settle(rows, NOW) == []


def test_of_a_key_that_is_gone_only_the_history_is_left() -> None:
    old = key(State.RETIRED, retired_at=NOW - DAY, gone_at=NOW)
    assert life.settle([old], NOW + DAY) == [old]
    assert (old.state, old.gone_at, old.private_key) == (State.GONE, NOW, "")
    assert old.public_jwk["kid"] == old.kid


def test_all_of_it_happens_at_once_after_a_long_sleep() -> None:
    old, new = key(State.SIGNING, signs_from=NOW - DAY), key(State.UPCOMING, signs_from=NOW)
    life.settle([old, new], NOW + DAY)
    life.settle([old, new], NOW + DAY)
    assert (old.state, new.state) == (State.GONE, State.SIGNING)


# Many processes, none of which knows what the others know


STEP = 15 * SECOND
HISTORY: Any = dict[datetime, list[SigningKey]]


def history(step: timedelta = STEP) -> HISTORY:
    """Return what the database held at each moment of a rotation."""
    rows = [key(State.SIGNING, signs_from=NOW - 90 * DAY + PUBLISHED_FOR + 2 * MINUTE)]
    moments: HISTORY = {}
    for count in range(160):
        now = NOW + count * step
        life.settle(rows, now)
        if life.needs_successor(rows, now):
            new = key(State.UPCOMING, created_at=now, signs_from=now + life.PRE_PUBLICATION)
            rows.append(new)
        moments[now] = [copy(row) for row in rows]
    return moments


def tokens(moments: HISTORY, lag: timedelta) -> Iterator[tuple[datetime, str]]:
    """Give when which key signs, in a process whose knowledge is as old as `lag`."""
    for now in list(moments)[8:]:
        signing = life.signing(moments[now - lag], now)
        assert signing is not None
        yield now, signing.kid


@pytest.mark.parametrize("signer_lag", [0 * SECOND, 30 * SECOND], ids=str)
@pytest.mark.parametrize("verifier_lag", [0 * SECOND, 30 * SECOND, 60 * SECOND], ids=str)
def test_no_process_refuses_a_token_of_another(
    signer_lag: timedelta, verifier_lag: timedelta
) -> None:
    moments = history()
    kids = set()
    for issued_at, kid in tokens(moments, signer_lag):
        kids.add(kid)
        for age in range(0, 600, 60):
            seen = moments.get(issued_at + age * SECOND - verifier_lag, [])
            known = {row.kid for row in seen if row.state in life.ACCEPTED}
            assert kid in known or not seen, f"issued {issued_at}, refused after {age} s"
    assert len(kids) == 2


def test_no_service_that_keeps_the_key_set_for_its_time_meets_a_kid_that_is_not_in_it() -> None:
    moments = history()
    for issued_at, kid in tokens(moments, 0 * SECOND):
        served = moments.get(issued_at - timedelta(seconds=300 + 30))  # by a process that lags
        if served:
            assert kid in {row.kid for row in served if row.state in life.ACCEPTED}
