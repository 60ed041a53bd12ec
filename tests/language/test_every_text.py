"""Every text of every page goes through the translations, and translators get it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from config import messages
from tests.language.catalogues import entries, not_ours
from tests.language.pages import PEOPLE, Furnished
from tests.language.pseudo import pseudo_language
from tests.language.texts import unmarked
from web.static_files import names

WORDS = re.compile(r"""content:\s*["'][^"'\\]*[A-Za-z]""")


@pytest.fixture
def furnished(db: None) -> Iterator[Furnished]:
    """Furnish the site, from which nothing reaches the network."""
    with responses.RequestsMock(assert_all_requests_are_fired=False):
        yield Furnished()


@pytest.mark.parametrize("person", PEOPLE)
def test_every_text_of_every_page_can_be_translated(
    person: str, furnished: Furnished, tmp_path: Path
) -> None:
    found: dict[str, list[str]] = {}
    with pseudo_language() as pseudo:
        for name, page in furnished.pages(person):
            found.setdefault(f"{person} {name}", []).extend(unmarked(page, furnished.data))
    assert {name: texts for name, texts in found.items() if texts} == {}
    if shutil.which("xgettext"):
        collected = entries(messages.collected(tmp_path).read_text("utf-8"))
        unknown = sorted(pseudo.asked - {*collected} - not_ours())
        assert unknown == [], "`make messages` does not find these texts."


def test_no_stylesheet_writes_words() -> None:
    styles = [path for name, path in names().items() if re.fullmatch(r"signet/.*\.css", name)]
    assert styles
    assert [path for path in styles if WORDS.search(Path(path).read_text("utf-8"))] == []
