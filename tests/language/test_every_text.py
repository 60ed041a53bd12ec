"""Every text of every page goes through the translations, and translators get it."""

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
