import pytest
from django.template import Context, Template
from django.utils import translation

from tests.imports import ROOT

TEMPLATE = "{% page_language as language %}{{ language.code }} {{ language.direction }}"


@pytest.mark.parametrize(
    ("code", "shown"), [("en", "en ltr"), ("de", "de ltr"), ("ar", "ar rtl")], ids=str
)
def test_a_page_says_its_language_and_where_its_lines_begin(code: str, shown: str) -> None:
    with translation.override(code):
        assert Template(TEMPLATE).render(Context()) == shown


def test_every_page_says_it() -> None:
    pages = [page.read_text("utf-8") for page in (ROOT / "templates").rglob("*.html")]
    whole = [page for page in pages if "<html" in page]
    expected = '<html lang="{{ language.code }}" dir="{{ language.direction }}">'
    assert whole
    assert all(expected in page for page in whole)
