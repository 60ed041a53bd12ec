"""The positions of the parts of a chart. Templates turn them into SVG; stylesheets add colours.

Horizontal positions are percentages of the page's width. Vertical positions are in px. So a chart
is as wide as its page, and its text and lines keep their size.
"""

from dataclasses import dataclass
from datetime import date

from dashboard.sign_ins import Tally

STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)  # an axis ends on one of them, times a power of ten
LEAST = 2.0  # px of the smallest number that is not 0
ROOM = 4  # sign-ins that every scale has room for: a single one does not fill the chart


@dataclass(frozen=True)
class DayColumn:
    """A day: successes above the line, failures below it."""

    day: date
    tally: Tally
    x: float  # per cent
    top: float  # px
    above: float
    below: float


@dataclass(frozen=True)
class ColumnChart:
    """The columns of several days. They go up and down from one line, on the same scale."""

    columns: list[DayColumn]
    room: float  # of a day, per cent
    lines: list[tuple[int, float]]  # of the grid: the number, and px from the top
    zero: float  # px from the top
    bottom: float
    height: float  # px, with the labels below the columns


def column_chart(days: list[tuple[date, Tally]], height: int, margin: int = 0) -> ColumnChart:
    """Return a chart with `height` px for the columns and `margin` px above and below them.

    A margin makes room for an axis and labels. Then the scale ends on a round number.
    """
    most = max(tally.succeeded for _, tally in days)
    worst = max(tally.failed for _, tally in days)
    end = nice(max(most, ROOM)) if margin else max(most, ROOM)
    scale = height / (end + worst)
    zero = margin + end * scale
    room = 100 / len(days)
    columns = [_column(day, tally, room * at, zero, scale) for at, (day, tally) in enumerate(days)]
    numbers = [end] if end % 2 else [end // 2, end]
    lines = [(number, _short(zero - number * scale)) for number in numbers]
    bottom = max([zero + LEAST, *(zero + column.below for column in columns)])
    return ColumnChart(
        columns, _short(room), lines, _short(zero), _short(bottom), _short(bottom + margin)
    )


def _column(day: date, tally: Tally, x: float, zero: float, scale: float) -> DayColumn:
    above, below = (
        max(LEAST, number * scale) if number else 0 for number in (tally.succeeded, tally.failed)
    )
    return DayColumn(day, tally, _short(x), _short(zero - above), _short(above), _short(below))


def _short(place: float) -> float:
    """Round to two decimals, because nobody can see a smaller difference."""
    return round(place, 2)


def nice(number: int) -> int:
    """Return the next round number that is not below this one."""
    power: int = 10 ** (len(str(number)) - 1)
    ends = (int(step * power) for step in STEPS)
    return next(end for end in ends if end >= number)
