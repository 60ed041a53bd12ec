"""One colour, readable in both themes."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web.accent import (
    CONTRAST,
    DARK,
    MARK,
    contrast,
    dark,
    grounds,
    light,
    nearest,
    style_of,
    worst,
)
from web.static_files import static_file

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21), ("#fff", "#fff", 1), ("#777777", "#ffffff", 4.48)],
)
def test_the_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == expected


@settings(deadline=None)
@given(COLOURS)
def test_the_nearest_colour_can_be_read_on_every_ground_of_both_themes(colour: str) -> None:
    found = nearest(colour)
    assert worst(light(found)) >= CONTRAST
    assert worst(dark(found), DARK) >= CONTRAST


@pytest.mark.parametrize("colour", ["#0d5c4d", "#0050b3", "#a3221c", "#000000", "#5b21b6"])
def test_a_colour_that_can_be_read_stays_as_it_is(colour: str) -> None:
    assert nearest(colour) == colour == light(colour).accent


def test_the_nearest_colour_has_the_same_hue() -> None:
    assert nearest("#ffcc00") == "#846a00"


def test_knows_the_grounds_of_both_themes() -> None:
    assert (grounds()["card"], grounds(DARK)["card"]) == ("#fff", "#161d1b")


def test_the_colours_of_signet_itself_can_be_read() -> None:
    for theme in ("", DARK):
        ours = grounds(theme)
        for ground in ("page", "card", "warn", "tint", "on-accent"):
            assert contrast(ours["accent"], ours[ground]) >= CONTRAST


def test_the_rules_are_those_of_both_themes() -> None:
    style = style_of("#0050b3")
    assert style.startswith("\n:root{--accent:#0050b3;--on-accent:#ffffff;--tint:")
    assert re.search(r"\n@media \(prefers-color-scheme: dark\)\{:root\{--accent:#\w{6};", style)


def test_the_mark_has_the_colour_that_is_replaced() -> None:
    assert MARK.encode() in static_file("signet/favicon.svg").body
