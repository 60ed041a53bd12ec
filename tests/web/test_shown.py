from typing import Any

import pytest

from web.shown import duration, moment, pretty, visible


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Zoë 日本", "Zoë 日本"),
        ("a\nb\x1b[31m", r"a\nb\x1b[31m"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("\ud800", r"\ud800"),
        (["x", 1], '["x", 1]'),
        (None, "null"),
        (True, "true"),
        ("x" * 301, "x" * 300 + "..."),
    ],
    ids=["letters", "controls", "bidi", "a lone surrogate", "list", "null", "true", "long"],
)
def test_makes_visible(value: Any, text: str) -> None:
    assert visible(value) == text


def test_an_object_stands_on_several_lines_and_cannot_forge_one() -> None:
    assert pretty({"name": "a\nb\u2028c\ud800"}) == '{\n  "name": "a\\nb\\u2028c\\ud800"\n}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "1970-01-01 00:00:00 UTC"),
        (1_800_000_000.5, "2027-01-15 08:00:00 UTC"),
        (10**30, str(10**30)),
        (-(10**30), str(-(10**30))),
        (True, "true"),
        ("1", "1"),
        (None, "null"),
    ],
    ids=str,
)
def test_shows_a_numeric_date(value: Any, text: str) -> None:
    assert moment(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.9, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (86_400, "1 day")],
)
def test_shows_a_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text
