"""The stylesheets and the mark in the colour of the site."""

import pytest
from django.templatetags.static import static

from web.site_files import NAMES, coloured, coloured_address
from web.static_files import static_file


@pytest.mark.parametrize("name", NAMES)
def test_without_a_colour_it_is_the_static_file(name: str) -> None:
    assert coloured_address(name, "") == static(NAMES[name])
    assert coloured(name, "").body == static_file(NAMES[name]).body


@pytest.mark.parametrize("name", ["signet.css", "admin.css"])
def test_the_colour_stands_behind_the_rules_that_it_replaces(name: str) -> None:
    style = coloured(name, "#0050b3").body.decode()
    assert style.index("--accent: #0d5c4d") < style.index("--accent:#0050b3")


def test_the_mark_has_the_colour() -> None:
    mark = coloured("mark.svg", "#0050b3").body.decode()
    assert 'fill="#0050b3"' in mark
    assert "#10705d" not in mark


def test_each_colour_has_its_address() -> None:
    blue, red = (coloured_address("signet.css", each) for each in ("#0050b3", "#a3221c"))
    assert blue == f"/site/signet.{coloured('signet.css', '#0050b3').digest}.css" != red
