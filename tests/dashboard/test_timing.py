import pytest

from dashboard.timing import HERE, Timing, timings
from tests.dashboard.rows import came_back, heard

pytestmark = pytest.mark.django_db
TOKEN, PROFILE = "Token endpoint answers", "Provider says who it is"


def test_takes_the_median_of_each_part() -> None:
    for milliseconds in (100, 120, 900):
        came_back(milliseconds=milliseconds + 30, hops=[heard(6, milliseconds), heard(7, 20)])
    found = timings()
    assert found.parts == [Timing(TOKEN, 120), Timing(PROFILE, 20), Timing(HERE, 10)]
    assert found.sample == 3


def test_adds_up_several_answers_of_one_step() -> None:
    came_back(milliseconds=100, hops=[heard(7, 30), heard(7, 40), heard(4, None)])
    assert timings().parts == [Timing(PROFILE, 70), Timing(HERE, 30)]


def test_leaves_failures_out() -> None:
    came_back(diagnosis="timeout", hops=[heard(6, 5000)])
    assert timings().parts == []
    assert timings().sample == 0
