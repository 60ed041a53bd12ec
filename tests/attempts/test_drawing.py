import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from attempts.drawing import diagram, diagram_file, duration
from outgoing.redaction import Parameter
from outgoing.trace import Hop, Party

SVG = "{http://www.w3.org/2000/svg}"
PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "how-sign-in-works.svg"
CODE = Hop(4, Party.BROWSER, Party.SIGNET, "GET")
ANSWER = Hop(6, Party.PROVIDER, Party.SIGNET)


def drawn(*hops: Hop, title: str = "A test") -> ET.Element:
    context = {"diagram": diagram(hops, title)}
    return ET.fromstring(render_to_string("how_it_works/sequence_diagram.svg", context))


def texts(svg: ET.Element, kind: str) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text") if text.get("class") == kind]


def test_the_picture_in_the_docs_is_the_one_that_is_drawn() -> None:
    assert PICTURE.read_text() == diagram_file()


def test_the_picture_in_the_docs_is_readable_by_day_and_by_night_and_asks_nobody() -> None:
    source = PICTURE.read_text()
    ET.fromstring(source)
    assert "prefers-color-scheme: dark" in source
    used = set(re.findall(r"var\((--[a-z-]+)\)", source))
    assert all(source.count(f"  {name}: ") == 2 for name in used)
    assert re.findall(r"https?://[^\s\"]+", source) == ["http://www.w3.org/2000/svg"]


def test_places_are_numbers_for_a_browser_in_every_language() -> None:
    with translation.override("de"):
        svg = drawn(CODE, ANSWER)
    places = [line.get(name, "") for line in svg.iter(f"{SVG}line") for name in ("x1", "x2", "y1")]
    assert places
    assert all(re.fullmatch(r"[0-9.]+%?", place) for place in places), places


def test_the_eight_steps_are_numbered_in_order() -> None:
    svg = ET.fromstring(diagram_file())
    assert texts(svg, "digit") == list("12345678")
    assert texts(svg, "name") == ["Browser", "Signet", "Provider"]


def test_an_arrow_goes_from_its_source_to_its_target() -> None:
    svg = drawn(CODE, Hop(4, Party.PROVIDER, Party.BROWSER))
    arrows = [line for line in svg.iter(f"{SVG}line") if line.get("class") == "message"]
    assert [(arrow.get("x1"), arrow.get("x2")) for arrow in arrows] == [
        ("12.0%", "50.0%"),
        ("88.0%", "12.0%"),
    ]
    assert int(arrows[0].get("y1", "")) < int(arrows[1].get("y1", ""))


def test_only_the_first_of_several_messages_shows_the_number_of_their_step() -> None:
    assert texts(drawn(CODE, CODE, ANSWER), "digit") == ["4", "6"]


def test_a_later_message_of_the_same_kind_has_another_label() -> None:
    answer = ANSWER._replace(step=7)
    svg = drawn(CODE, CODE, answer, answer)
    labels = ["authorization code", "request", "name, email, picture", "more details"]
    assert texts(svg, "label") == labels


def test_an_error_that_came_back_is_not_called_a_code() -> None:
    error = CODE._replace(parameters=(Parameter("error", "access_denied"),))
    assert texts(drawn(error), "label") == ["error"]


def test_a_message_tells_its_note_and_its_time() -> None:
    assert texts(drawn(CODE._replace(milliseconds=7)), "note") == ["code, state · 7 ms"]


def test_a_file_says_in_words_what_it_shows() -> None:
    svg = ET.fromstring(diagram_file())
    assert svg.findtext(f"{SVG}title") == "A sign-in in eight steps"
    words = (svg.findtext(f"{SVG}desc") or "").strip()
    assert words.startswith("1. Signet to Provider: register this site (once, by its admin). ")


def test_a_failed_message_is_marked_in_word_and_colour() -> None:
    svg = drawn(ANSWER._replace(error="timeout"))
    assert (texts(svg, "label"), texts(svg, "note")) == (["response"], ["failed · timeout"])
    (group,) = (group for group in svg.iter(f"{SVG}g") if group.get("class") == "failed")
    arrow = group.find(f"{SVG}line")
    assert arrow is not None
    assert arrow.get("marker-end") == "url(#broken)"


def test_words_cannot_become_markup() -> None:
    svg = drawn(ANSWER._replace(error="</svg>"), title="<script>&")
    assert svg.findtext(f"{SVG}title") == "<script>&"
    assert texts(svg, "note") == ["failed · </svg>"]


@pytest.mark.parametrize(
    ("milliseconds", "words"), [(None, ""), (0, "0 ms"), (999, "999 ms"), (1000, "1.0 s")]
)
def test_a_time_is_told_as_a_person_would(milliseconds: int | None, words: str) -> None:
    assert duration(milliseconds) == words


def test_a_time_is_written_as_its_reader_does() -> None:
    with translation.override("de"):
        assert duration(1500).startswith("1,5 ")
