"""docs/failures.md has every entry, as the pages of the admin say it."""

import re
from pathlib import Path

import pytest

from diagnosis import failures_doc
from diagnosis.entries import DIAGNOSES
from diagnosis.refusals import REFUSALS
from protocol.authorization_server.errors import SAID, Refusal

WRITTEN = failures_doc.PAGE.read_text("utf-8")


def test_the_page_is_as_the_command_writes_it() -> None:
    assert failures_doc.with_entries(WRITTEN) == WRITTEN, "run `make failures`"


def test_every_entry_is_on_the_page() -> None:
    headings = [line.removeprefix("### ") for line in WRITTEN.splitlines() if line[:4] == "### "]
    assert headings == list(DIAGNOSES)


def test_every_refusal_of_an_app_is_on_the_page_under_its_error() -> None:
    part = WRITTEN[WRITTEN.index("## When an app is refused") :]
    rows = dict(re.findall(r"^- `(\w+)`: (.*)$", part, flags=re.MULTILINE))
    listed = {
        code: error for error, codes in rows.items() for code in re.findall(r"`(\w+)`", codes)
    }
    assert listed == {code: SAID[Refusal(code)].error for code in REFUSALS}


def test_the_page_is_short() -> None:
    prose = re.sub(r"<!--.*?-->|^#+|\*\*Fix:\*\*|\|", "", WRITTEN, flags=re.MULTILINE)
    assert len(prose.split()) <= 2700


def test_the_command_writes_what_is_between_the_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures_doc, "PAGE", tmp_path / "failures.md")
    emptied = re.sub(r"(?<=entries: form -->\n).*?(?=<!--)", "", WRITTEN, flags=re.DOTALL)
    failures_doc.PAGE.write_text(emptied)
    failures_doc.write()
    assert failures_doc.PAGE.read_text("utf-8") == WRITTEN


def test_the_admin_s_page_has_what_a_visitor_reads() -> None:
    words = failures_doc.words_in_general(DIAGNOSES["email_in_use"])
    assert words.sentence == "The account with your address signs in with another provider."
