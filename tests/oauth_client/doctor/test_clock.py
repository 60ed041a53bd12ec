import pytest
import responses
from django.utils.http import http_date

from oauth_client.doctor.network import clock
from tests.oauth_client.doctor.cases import (
    DISCOVERY,
    NOW,
    OK,
    PROBLEM,
    UNKNOWN,
    WARNING,
    outcomes,
    subject,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("ahead", "outcome"),
    [
        (0, OK),
        (5, OK),
        (-5, OK),
        (7, WARNING),
        (-7, WARNING),
        (60, WARNING),
        (62, PROBLEM),
        (-3600, PROBLEM),
    ],
)
def test_judges_how_far_the_clocks_are_apart(ahead: int, outcome: str) -> None:
    examined = subject()
    examined.note_time({"Date": http_date(NOW + ahead)}, NOW, NOW)
    assert outcomes(clock(examined)) == [outcome]


def test_says_on_which_side_this_machine_is() -> None:
    examined = subject()
    examined.note_time({"Date": http_date(NOW + 3600)}, NOW, NOW)
    assert "3600 s behind" in next(iter(clock(examined))).cause
    examined = subject(examined.provider)
    examined.note_time({"Date": http_date(NOW - 3600)}, NOW, NOW)
    assert "3599 s ahead" in next(iter(clock(examined))).cause


def test_a_slow_answer_is_no_skew() -> None:
    examined = subject()
    examined.note_time({"Date": http_date(NOW - 9)}, NOW - 10, NOW)
    assert outcomes(clock(examined)) == [OK]


def test_an_answer_out_of_a_cache_was_given_earlier() -> None:
    examined = subject()
    examined.note_time({"Date": http_date(NOW - 3000), "Age": "3000"}, NOW, NOW)
    assert outcomes(clock(examined)) == [OK]


@pytest.mark.parametrize("date", ["", "soon", "Mon, 99 Foo 2026 25:00:00 GMT"])
def test_without_a_date_nothing_is_known(date: str) -> None:
    examined = subject()
    examined.note_time({"Date": date}, NOW, NOW)
    assert outcomes(clock(examined)) == [UNKNOWN]


@responses.activate
def test_every_answer_tells_the_time() -> None:
    responses.get(DISCOVERY, headers={"Date": http_date(NOW + 100), "Age": "20"})
    examined = subject()
    examined.get(DISCOVERY, "text/html")
    assert examined.skews == [120]


@pytest.mark.parametrize("age", ["9" * 400, "9" * 5000, "-1", "1.5", "١٢"])
def test_an_age_that_no_cache_can_tell_is_none(age: str) -> None:
    examined = subject()
    examined.note_time({"Date": http_date(NOW), "Age": age}, NOW, NOW)
    assert outcomes(clock(examined)) == [OK]


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 01 Jan 0001 00:00:00 -0000",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 99 Jan 2026 00:00:00 GMT",
        "Mon, 01 Jan 99999999999 00:00:00 GMT",
    ],
)
def test_a_date_at_the_end_of_time_ends_no_check(date: str) -> None:
    examined = subject()
    examined.note_time({"Date": date}, NOW, NOW)
    assert outcomes(clock(examined)) in ([PROBLEM], [UNKNOWN])
