"""Every text of every page goes through the translations.

`not_ready.txt` has the pages that do not pass yet. It may only shrink: a page in it that passes has
to leave it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import responses

from tests.language.pages import PEOPLE, Furnished
from tests.language.pseudo import pseudo_language
from tests.language.texts import unmarked

NOT_READY = {*Path(__file__).with_name("not_ready.txt").read_text("utf-8").split("\n")} - {""}


@pytest.fixture
def furnished(db: None) -> Iterator[Furnished]:
    """Furnish the site, from which nothing reaches the network."""
    with responses.RequestsMock(assert_all_requests_are_fired=False):
        yield Furnished()


@pytest.mark.parametrize("person", PEOPLE)
def test_every_text_of_every_page_can_be_translated(person: str, furnished: Furnished) -> None:
    found: dict[str, list[str]] = {}
    with pseudo_language():
        for name, page in furnished.pages(person):
            found.setdefault(f"{person} {name}", []).extend(unmarked(page, furnished.data))
    faulty = {name for name, texts in found.items() if texts}
    new = sorted({f"{name}: {text}" for name in faulty - NOT_READY for text in found[name]})
    if new:
        pytest.fail("\n".join(["Not given to the translations:", *new]), pytrace=False)
    ready = sorted({each for each in NOT_READY if each.startswith(f"{person} ")} - faulty)
    if ready:
        pytest.fail("\n".join(["Take out of not_ready.txt:", *ready]), pytrace=False)
