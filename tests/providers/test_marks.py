from providers import catalogue
from providers.marks import COLOURS, DRAWN, Mark, drawing
from tests.pages import ROOT


def test_every_drawing_belongs_to_a_kind_and_lies_in_its_place() -> None:
    files = {file.stem for file in (ROOT / "templates" / "marks").glob("*.svg")}
    assert files == {*DRAWN, "other"}
    assert set(catalogue.kinds()) >= DRAWN


def test_a_kind_without_a_drawing_is_known_by_letters_on_a_colour() -> None:
    mark = Mark.of(catalogue.kind("keycloak"))
    assert (mark.template, mark.letters) == ("", "Ke")
    assert 0 <= mark.tint < COLOURS
    css = (ROOT / "static" / "signet" / "providers.css").read_text()
    assert all(f".tint-{number} " in css for number in range(COLOURS))


def test_a_button_without_a_drawing_has_the_mark_of_any_provider() -> None:
    assert drawing("keycloak") == "marks/other.svg"
    assert drawing("github") == "marks/github.svg"
