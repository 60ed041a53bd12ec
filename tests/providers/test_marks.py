import pytest
from django.template import Context, Template

from providers import catalogue
from providers.marks import COLOURS, DRAWN, Mark, mark_of_button
from tests.pages import ROOT


def test_every_drawing_belongs_to_a_kind_and_lies_in_its_place() -> None:
    files = {file.stem for file in (ROOT / "templates" / "marks").glob("*.svg")}
    assert files == {*DRAWN, "letter"}
    assert set(catalogue.kinds()) >= DRAWN


def test_a_kind_without_a_drawing_is_known_by_letters_on_a_colour() -> None:
    mark = Mark.of(catalogue.kind("slack"))
    assert (mark.template, mark.letters) == ("", "Sl")
    assert 0 <= mark.tint < COLOURS
    css = (ROOT / "static" / "signet" / "providers.css").read_text()
    assert all(f".tint-{number} " in css for number in range(COLOURS))


def test_a_button_has_the_drawing_of_its_kind() -> None:
    assert mark_of_button("github", "Our hub") == "marks/github.svg"
    assert mark_of_button("keycloak", "Staff") == "marks/keycloak.svg"


@pytest.mark.parametrize(
    ("name", "letter"), [("team chat", "T"), ("(Chat)", "C"), ("& <", "&amp;"), ("日本", "日")]
)
def test_a_button_without_a_drawing_shows_one_quiet_letter(name: str, letter: str) -> None:
    mark = mark_of_button("slack", name)
    page = Template("{% include mark %}").render(Context({"mark": mark}))
    assert f">{letter}</text>" in page
    assert 'aria-hidden="true"' in page
