"""The positions of the parts of a chart. Templates turn them into SVG; stylesheets add colours.

Horizontal positions are percentages of the page's width. Vertical positions are in px. So a chart
is as wide as its page, and its text and lines keep their size.
"""

from dataclasses import dataclass
from datetime import date

from dashboard.sign_ins import Tally

STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)  # an axis ends on one of them, times a power of ten
GAP = 0.28  # of a day's room stays empty
LEAST = 2.0  # px of the smallest number that is not 0
WEEK = 7  # days from one label to the next


@dataclass(frozen=True)
class DayColumn:
    """A day: successes above the line, failures below it."""

    day: date
    tally: Tally
    x: float  # per cent
    width: float
    middle: float
    room: tuple[float, float]  # x and width of the whole day, per cent
    top: float  # px
    above: float
    below: float
    is_last: bool  # today, which goes on
    is_labelled: bool


@dataclass(frozen=True)
class ColumnChart:
    """The columns of several days. They go up and down from one line, on the same scale."""

    columns: list[DayColumn]
    lines: list[tuple[int, float]]  # of the grid: the number, and px from the top
    zero: float  # px from the top
    bottom: float

    @property
    def height(self) -> float:
        """Return the px of the columns and of the labels below them."""
        return self.bottom + 20


def column_chart(days: list[tuple[date, Tally]], height: int, margin: int = 0) -> ColumnChart:
    """Return a chart with `height` px for the columns and `margin` px above them.

    A margin makes room for an axis. Then the scale ends on a round number.
    """
    most = max((tally.succeeded for _, tally in days), default=0)
    worst = max((tally.failed for _, tally in days), default=0)
    end = nice(most) if margin else most
    scale = height / (end + worst or 1)
    zero = margin + end * scale
    columns = [_column(days, at, zero, scale) for at in range(len(days))]
    lines = [(number, _short(zero - number * scale)) for number in _numbers(end)]
    bottom = max([zero + LEAST, *(zero + column.below for column in columns)])
    return ColumnChart(columns, lines, _short(zero), _short(bottom))


def _column(days: list[tuple[date, Tally]], at: int, zero: float, scale: float) -> DayColumn:
    day, tally = days[at]
    room = 100 / len(days)
    above, below = _length(tally.succeeded, scale), _length(tally.failed, scale)
    return DayColumn(
        day,
        tally,
        x=_short(room * (at + GAP / 2)),
        width=_short(room * (1 - GAP)),
        middle=_short(room * (at + 0.5)),
        room=(_short(room * at), _short(room)),
        top=_short(zero - above),
        above=above,
        below=below,
        is_last=at == len(days) - 1,
        is_labelled=(len(days) - 1 - at) % WEEK == 0,
    )


def _length(number: int, scale: float) -> float:
    return _short(max(LEAST, number * scale)) if number else 0


def _short(place: float) -> float:
    """Round to two decimals, because nobody can see a smaller difference."""
    return round(place, 2)


def _numbers(end: int) -> list[int]:
    """Return the values of the grid lines: the end of the axis, and half of it if it is even."""
    return [end] if end % 2 else [end // 2, end] if end else []


def nice(number: int) -> int:
    """Return the next round number that is not below this one."""
    if number <= 0:
        return 0
    power: int = 10 ** (len(str(number)) - 1)
    ends = (int(step * power) for step in STEPS if step * power >= number)
    return max(next(ends), 1)


@dataclass(frozen=True)
class Bar:
    """A row of a list: its name, its number, and the length of its bar beside the longest."""

    name: str
    number: int
    percent: float
    url: str = ""


def bars(rows: list[tuple[str, int, str]]) -> list[Bar]:
    """Return the rows, each a name, a number and an address, as bars."""
    longest = max((number for _, number, _ in rows), default=0) or 1
    return [Bar(name, number, _short(100 * number / longest), url) for name, number, url in rows]
