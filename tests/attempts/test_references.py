import re
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from attempts.references import ALPHABET, BY_DIGEST, carried_by, carrying, new_reference
from diagnosis import DIAGNOSES

NOW = datetime(2026, 11, 30, 14, 32, tzinfo=UTC)
SLUGS = ["github", "google", "demo"]


def carried(reference: str, later: timedelta = timedelta()) -> tuple[str, str] | None:
    found = carried_by(reference, SLUGS, (NOW + later).timestamp())
    return (found.diagnosis, found.provider) if found else None


def test_a_row_has_a_short_reference_and_no_two_have_the_same() -> None:
    made = {new_reference() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}", each) for each in made)


@pytest.mark.parametrize("code", DIAGNOSES)
def test_a_long_one_carries_every_diagnosis_and_the_provider(code: str) -> None:
    reference = carrying(code, "google", NOW.timestamp())
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", reference)
    assert carried(reference) == (code, "google")


def test_no_two_diagnoses_are_taken_for_each_other() -> None:
    assert len(BY_DIGEST) == len(DIAGNOSES)


@pytest.mark.parametrize("later", [timedelta(), timedelta(hours=5), timedelta(days=2000)], ids=str)
def test_it_carries_the_time_to_a_few_minutes(later: timedelta) -> None:
    reference = carrying("state_used", "demo", NOW.timestamp())
    found = carried_by(reference, SLUGS, (NOW + later).timestamp())
    assert found
    assert timedelta() <= NOW - found.at < timedelta(minutes=4)


def test_it_is_read_however_it_is_typed() -> None:
    reference = carrying("state_used", "demo", NOW.timestamp())
    assert carried(reference.lower().replace("-", " ")) == ("state_used", "demo")


@pytest.mark.parametrize("place", range(14))
def test_no_slip_is_believed(place: int) -> None:
    reference = carrying("state_used", "demo", NOW.timestamp())
    other = "3" if reference[place] == "2" else "2"
    assert carried(reference[:place] + other + reference[place + 1 :]) is None


@pytest.mark.parametrize("typed", ["", "7F3K-Q2MD", "AAAA-AAAA-AAAA", "0000-1111-IOIO", "x" * 600])
def test_what_is_not_ours_carries_nothing(typed: str) -> None:
    assert carried(typed) is None


def test_a_key_that_is_rotated_still_reads_it(settings: Settings) -> None:
    reference = carrying("state_used", "demo", NOW.timestamp())
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert carried(reference) == ("state_used", "demo")
    settings.SECRET_KEY_FALLBACKS = []
    assert carried(reference) is None


def test_a_provider_that_is_gone_has_no_name_and_an_unknown_code_is_nothing() -> None:
    assert carried(carrying("state_used", "removed", NOW.timestamp())) == ("state_used", "")
    assert carried(carrying("a_code_of_another_release", "demo", NOW.timestamp())) is None
