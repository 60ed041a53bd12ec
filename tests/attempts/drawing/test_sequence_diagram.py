import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.template.loader import render_to_string

from attempts.drawing import Message, SequenceDiagram, diagram_file, duration

SVG = "{http://www.w3.org/2000/svg}"
PICTURE = Path(__file__).parents[3] / "docs" / "pictures" / "how-sign-in-works.svg"


def diagram(*messages: Message) -> SequenceDiagram:
    return SequenceDiagram("A test", ("A", "B", "C"), messages)


def drawn(*messages: Message) -> ET.Element:
    return ET.fromstring(
        render_to_string("how_it_works/sequence_diagram.svg", {"diagram": diagram(*messages)})
    )


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


def test_the_eight_steps_are_numbered_in_order() -> None:
    svg = ET.fromstring(diagram_file())
    assert texts(svg, "digit") == list("12345678")
    assert texts(svg, "name") == ["Browser", "Signet", "Provider"]


def test_an_arrow_goes_from_its_source_to_its_target() -> None:
    svg = drawn(Message("A", "B", "there"), Message("C", "A", "and back"))
    arrows = [line for line in svg.iter(f"{SVG}line") if line.get("class") == "message"]
    assert [(arrow.get("x1"), arrow.get("x2")) for arrow in arrows] == [
        ("12.0%", "50.0%"),
        ("88.0%", "12.0%"),
    ]
    assert int(arrows[0].get("y1", "")) < int(arrows[1].get("y1", ""))


def test_only_the_first_of_several_messages_shows_the_number_of_their_step() -> None:
    svg = drawn(Message("A", "B", "1", step=1), Message("B", "A", "2", step=1))
    assert texts(svg, "digit") == ["1"]


def test_a_message_tells_its_note_and_its_time() -> None:
    svg = drawn(Message("A", "B", "asks", "politely", milliseconds=7))
    assert texts(svg, "note") == ["politely · 7 ms"]


def test_a_file_says_in_words_what_it_shows() -> None:
    svg = ET.fromstring(diagram(Message("A", "B", "asks", "politely", step=1)).file(300))
    assert svg.findtext(f"{SVG}title") == "A test"
    assert (svg.findtext(f"{SVG}desc") or "").strip() == "1. A to B: asks (politely)."


def test_a_failed_message_is_marked_in_word_and_colour() -> None:
    svg = drawn(Message("A", "B", "asks", "timeout", failed=True))
    assert texts(svg, "note") == ["failed · timeout"]
    (group,) = (group for group in svg.iter(f"{SVG}g") if group.get("class") == "failed")
    arrow = group.find(f"{SVG}line")
    assert arrow is not None
    assert arrow.get("marker-end") == "url(#broken)"


def test_words_cannot_become_markup() -> None:
    svg = drawn(Message("A", "B", "<script>&", "</svg>"))
    assert (texts(svg, "label"), texts(svg, "note")) == (["<script>&"], ["</svg>"])


@pytest.mark.parametrize(
    ("milliseconds", "words"), [(None, ""), (0, "0 ms"), (999, "999 ms"), (1000, "1.0 s")]
)
def test_a_time_is_told_as_a_person_would(milliseconds: int | None, words: str) -> None:
    assert duration(milliseconds) == words
