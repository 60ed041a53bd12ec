from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from attempts.daily import DAYS
from dashboard.sign_ins import HERE, Tally, sign_ins, timings
from tests.dashboard.rows import NOW, TODAY, came_back, counted, heard

pytestmark = pytest.mark.django_db
TOKEN, PROFILE = "Token request", "Profile request"


def test_counts_what_worked_and_what_failed_on_each_day() -> None:
    came_back(TODAY, number=3)
    came_back(TODAY - timedelta(days=2), "timeout", number=2)
    days = dict(sign_ins(NOW).by_day())
    assert len(days) == DAYS
    assert list(days)[-1] == TODAY
    assert days[TODAY] == Tally(succeeded=3, failed=0)
    assert days[TODAY - timedelta(days=2)] == Tally(succeeded=0, failed=2)
    assert days[TODAY - timedelta(days=1)] == Tally()


def test_counts_each_provider_for_itself_the_busiest_first() -> None:
    came_back(provider="github")
    came_back(provider="google", number=2)
    found = sign_ins(NOW)
    assert found.providers == ["google", "github"]
    assert dict(found.by_day("github"))[TODAY] == Tally(succeeded=1)


def test_names_the_causes_the_most_frequent_first() -> None:
    came_back(diagnosis="timeout")
    came_back(diagnosis="access_denied", number=2)
    came_back(number=5)
    assert sign_ins(NOW).causes == [("access_denied", 2), ("timeout", 1)]


@pytest.mark.parametrize("ago", [DAYS, -1], ids=["older", "of tomorrow"])
def test_leaves_out_a_sign_in_that_is(ago: int) -> None:
    came_back(TODAY - timedelta(days=ago))
    assert sign_ins(NOW).tally() == Tally()


def test_costs_three_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    came_back(TODAY)
    with django_assert_num_queries(3):
        sign_ins(NOW)


def test_tells_how_many_never_finished() -> None:
    counted("begun", 10)
    counted("returned", 7)
    counted("state_missing", 5)
    counted("refused", 4)
    counted("begun", 100, TODAY - timedelta(days=DAYS))
    assert sign_ins(NOW).unfinished == 3
    assert sign_ins(NOW).only_counted == 5
    assert sign_ins(NOW).refused == 4


def test_more_came_back_than_began_where_they_began_before_the_30_days() -> None:
    counted("returned", 7)
    assert sign_ins(NOW).unfinished == 0


@pytest.mark.parametrize(
    ("tally", "percent"), [(Tally(), 0), (Tally(3, 1), 25)], ids=["none", "one of four"]
)
def test_tells_how_many_of_a_hundred_fail(tally: Tally, percent: float) -> None:
    assert tally.failed_percent == percent


# How long it takes


def test_takes_the_median_of_each_part() -> None:
    for milliseconds in (100, 120, 900):
        came_back(milliseconds=milliseconds + 30, hops=[heard(6, milliseconds), heard(7, 20)])
    assert timings() == ([(TOKEN, 120), (PROFILE, 20), (HERE, 10)], 3)


def test_adds_up_several_answers_of_one_step() -> None:
    came_back(milliseconds=100, hops=[heard(7, 30), heard(7, 40), heard(4, None)])
    assert timings() == ([(PROFILE, 70), (HERE, 30)], 1)


def test_leaves_failures_out() -> None:
    came_back(diagnosis="timeout", hops=[heard(6, 5000)])
    assert timings() == ([], 0)
