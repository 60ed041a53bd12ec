from typing import Any

import pytest

from tests.language.pseudo import pseudo_language
from web.shown import device, device_in_english, duration, moment, pretty, visible


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


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Firefox/140.0", "Firefox"),
        ("(X11; Linux x86_64)", "Linux"),
        ("curl/8", "A browser or program"),
        ("", "A browser or program"),
    ],
)
def test_shows_what_a_browser_calls_itself(user_agent: str, shown: str) -> None:
    assert device(user_agent) == device_in_english(user_agent) == shown


def test_a_device_that_is_kept_stays_in_english() -> None:
    with pseudo_language():
        assert device(FIREFOX) == "⟦Firefox on Linux⟧"
        assert device_in_english(FIREFOX) == "Firefox on Linux"
        assert duration(120) == "⟦2 minutes⟧"
