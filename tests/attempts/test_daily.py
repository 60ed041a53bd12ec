"""What is kept of the days that are over."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection

from attempts import daily
from attempts.daily import DAYS, keep_a_day, keep_days, last_days
from attempts.models import SignInAttempt, SignInDay
from tests.attempts.rows import add_attempt

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
YESTERDAY = TODAY - timedelta(days=1)


def came_back(day: date, diagnosis: str = "", **fields: Any) -> None:
    created_at = datetime.combine(day, time(11), UTC)
    add_attempt(created_at=created_at, diagnosis=diagnosis, **fields)


def keep_all() -> None:
    while keep_a_day(NOW):
        pass


def test_a_day_that_is_over_is_counted_once() -> None:
    came_back(YESTERDAY)
    came_back(YESTERDAY, "timeout")
    keep_all()
    SignInAttempt.objects.all().delete()
    assert last_days(NOW)[YESTERDAY] == {("demo", ""): 1, ("demo", "timeout"): 1}


def test_a_day_is_called_by_its_date() -> None:
    assert str(SignInDay(day=YESTERDAY, counts=[])) == "2026-11-23"


def test_today_is_counted_again_and_again() -> None:
    keep_all()
    came_back(TODAY)
    assert last_days(NOW)[TODAY] == {("demo", ""): 1}
    came_back(TODAY)
    assert last_days(NOW)[TODAY] == {("demo", ""): 2}


def test_days_that_nobody_has_kept_yet_are_counted_all_the_same() -> None:
    came_back(TODAY - timedelta(days=DAYS - 1))
    came_back(YESTERDAY)
    found = last_days(NOW)
    assert list(found) == [TODAY - timedelta(days=ago) for ago in reversed(range(DAYS))]
    assert [day for day, counted in found.items() if counted] == [min(found), YESTERDAY]


@pytest.mark.parametrize("process", ["dry_run", "merge"])
def test_what_starts_no_session_is_no_sign_in(process: str) -> None:
    came_back(YESTERDAY, process=process)
    assert not last_days(NOW)[YESTERDAY]
    keep_all()
    assert not last_days(NOW)[YESTERDAY]


def test_a_day_without_sign_ins_is_not_looked_at_again() -> None:
    keep_all()
    assert SignInDay.objects.count() == DAYS - 1
    assert str(SignInDay.objects.latest("day")) == str(YESTERDAY)
    assert not keep_a_day(NOW)


def test_of_two_processes_that_keep_the_same_day_one_does() -> None:
    keep_all()
    SignInDay.objects.filter(day=YESTERDAY).delete()
    came_back(YESTERDAY)
    other: list[SignInDay] = []

    def another_process(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if sql.startswith("INSERT") and not other:
            other.append(SignInDay(day=YESTERDAY, counts=[["demo", "", 1]]))
            other[0].save(force_insert=True)
        return execute(sql, *args)

    with connection.execute_wrapper(another_process):
        assert keep_a_day(NOW)
    assert SignInDay.objects.get(day=YESTERDAY).counts == [["demo", "", 1]]


def test_what_no_page_shows_any_more_is_forgotten() -> None:
    SignInDay.objects.create(day=TODAY - timedelta(days=DAYS), counts=[])
    keep_a_day(NOW)
    assert SignInDay.objects.earliest("day").day == TODAY - timedelta(days=DAYS - 1)


@pytest.mark.parametrize(("minutes", "over"), [(4, False), (6, True)])
def test_a_day_is_over_once_every_process_has_written_its_last_row(
    minutes: int, over: bool
) -> None:
    while keep_a_day(NOW.replace(hour=0, minute=minutes)):
        pass
    assert SignInDay.objects.filter(day=YESTERDAY).exists() == over


def test_the_background_keeps_a_day_at_each_turn_and_then_looks_once_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(1, DAYS):
        keep_days()
        assert SignInDay.objects.count() == number
    keep_days()
    SignInDay.objects.all().delete()
    keep_days()
    assert not SignInDay.objects.exists()
    monkeypatch.setattr(daily, "INTERVAL", 0)
    keep_days()
    assert SignInDay.objects.exists()
