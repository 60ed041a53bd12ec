from datetime import timedelta

import pytest

from dashboard.charts import LEAST, ColumnChart, column_chart, nice
from dashboard.sign_ins import Tally
from tests.dashboard.rows import TODAY


def chart_of(*tallies: Tally, margin: int = 20) -> ColumnChart:
    first = TODAY - timedelta(days=len(tallies) - 1)
    days = [(first + timedelta(days=at), tally) for at, tally in enumerate(tallies)]
    return column_chart(days, 100, margin)


def test_what_worked_stands_on_the_line_and_what_failed_hangs_from_it() -> None:
    chart = chart_of(Tally(80, 20), Tally(40, 0))
    first, second = chart.columns
    assert (first.above, first.below, first.top) == (80, 20, 20)
    assert (second.above, second.below) == (40, 0)
    assert (chart.zero, chart.bottom, chart.height) == (100, 120, 140)


def test_a_single_failure_among_thousands_is_seen() -> None:
    assert chart_of(Tally(100_000, 1)).columns[0].below == LEAST


def test_a_single_sign_in_leaves_room_above_it() -> None:
    assert chart_of(Tally(1)).columns[0].above == 25
    assert chart_of(Tally(1), margin=0).columns[0].above == 25


def test_the_columns_share_the_width() -> None:
    chart = chart_of(Tally(1), Tally(1))
    assert chart.room == 50
    assert [column.x for column in chart.columns] == [0, 50]


@pytest.mark.parametrize(
    ("most", "numbers"),
    [(0, [2, 4]), (1, [2, 4]), (7, [4, 8]), (9, [5, 10]), (16_400, [10_000, 20_000])],
)
def test_the_lines_of_the_grid_are_round_numbers(most: int, numbers: list[int]) -> None:
    assert [number for number, _ in chart_of(Tally(most)).lines] == numbers


def test_the_lines_stand_where_their_numbers_are() -> None:
    assert chart_of(Tally(80)).lines == [(40, 70), (80, 20)]


def test_without_an_axis_the_highest_column_takes_all_the_height() -> None:
    assert chart_of(Tally(7), margin=0).columns[0].above == 100


@pytest.mark.parametrize(
    ("number", "end"), [(1, 1), (9, 10), (11, 15), (99, 100), (240, 250), (1001, 1500)]
)
def test_an_axis_ends_on_a_round_number(number: int, end: int) -> None:
    assert nice(number) == end
