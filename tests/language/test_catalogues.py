"""What translators wrote is whole, and the site reads the same."""

import gettext
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from config import messages
from tests.imports import ROOT
from tests.language.catalogues import Entry, entries, file_of

OFFERED = [code for code, _ in settings.LANGUAGES if code != "en"]


@pytest.fixture
def template(tmp_path: Path) -> Path:
    if not shutil.which("xgettext"):
        pytest.skip("needs xgettext of GNU gettext")
    return messages.collected(tmp_path)


def test_each_text_of_an_offered_language_is_translated() -> None:
    assert [fault for language in OFFERED for fault in incomplete(language)] == []


def incomplete(language: str) -> list[str]:
    found = entries(file_of(language).read_text("utf-8"))
    return [f"{key}: {fault}" for key, entry in found.items() for fault in entry.faults]


def test_each_text_of_the_site_is_in_the_files_of_offered_languages(template: Path) -> None:
    wanted = {key: entry.texts for key, entry in entries(template.read_text("utf-8")).items()}
    for language in OFFERED:
        found = entries(file_of(language).read_text("utf-8"))
        texts = {key: entry.texts for key, entry in found.items()}
        assert texts == wanted, "Run `make messages`."


def test_what_is_read_is_what_was_written() -> None:
    for file in messages.LOCALE.rglob("*.po"):
        assert compiled(file.with_suffix(".mo")) == written(file), "Run `make messages`."


def compiled(file: Path) -> dict[object, str]:
    with file.open("rb") as opened:
        catalog: dict[object, str] = gettext.GNUTranslations(opened)._catalog  # type: ignore[attr-defined]
    return catalog


def written(file: Path) -> dict[object, str]:
    """Return what the compiler keeps: what is translated."""
    found: dict[object, str] = {}
    for key, entry in entries(file.read_text("utf-8")).items():
        if len(entry.texts) == 1:
            found[key] = entry.translations[0]
        else:
            found |= {(key, form): text for form, text in enumerate(entry.translations)}
    return {key: text for key, text in found.items() if text}


@pytest.mark.parametrize(
    "patterns", dict.fromkeys(messages.TEXTS.values()), ids=lambda found: found[0]
)
def test_each_pattern_finds_a_text(patterns: tuple[str, ...]) -> None:
    """Several files may share patterns: then one of them has the text."""
    files = [ROOT / file for file, shared in messages.TEXTS.items() if shared == patterns]
    documents = [messages.READERS[file.suffix](file.read_text("utf-8")) for file in files]
    for pattern in patterns:
        assert any(list(messages.texts_in(each, (pattern,))) for each in documents), pattern


@pytest.mark.parametrize(
    ("text", "translation"),
    {
        "{provider} refused.": "{provider} hat abgelehnt.",
        "%(count)s of %(whole)s": "%(whole)s, davon %(count)s",
        "No place": "Kein Platz",
    }.items(),
)
def test_a_translation_with_the_same_placeholders_passes(text: str, translation: str) -> None:
    assert Entry((text,), (translation,), is_fuzzy=False).faults == []


@pytest.mark.parametrize(
    ("text", "translation"),
    {
        "{provider} refused.": "{anbieter} hat abgelehnt.",
        "{provider} of {site}": "{provider}",
        "Refused": "{provider}",
        "Sign out": "",
    }.items(),
)
def test_another_translation_does_not_pass(text: str, translation: str) -> None:
    assert len(Entry((text,), (translation,), is_fuzzy=False).faults) == 1


def test_a_plural_may_leave_the_number_out_where_the_text_does() -> None:
    texts = ("one day", "{count} days")
    assert Entry(texts, ("ein Tag", "{count} Tage"), is_fuzzy=False).faults == []
    assert Entry(texts, ("ein Tag", "{tage} Tage"), is_fuzzy=False).faults != []


def test_a_guess_of_the_tools_does_not_pass() -> None:
    found = entries('#, fuzzy, python-brace-format\nmsgid "a"\nmsgstr "b"\n')
    assert found["a"].faults == ["fuzzy"]


def test_texts_over_several_lines_are_read_whole() -> None:
    found = entries('#: a.py\nmsgctxt "c"\nmsgid ""\n"a\\n"\n"b"\nmsgstr ""\n"d"\n"e"\n')
    assert found["c\x04a\nb"] == Entry(("a\nb",), ("de",), is_fuzzy=False)


# Making the files


def test_texts_of_python_templates_and_toml_are_collected(template: Path) -> None:
    text = template.read_text("utf-8")
    assert "#: accounts/self_service/personal_data.toml" in text
    assert "#: templates/admin/base_site.html" in text
    assert "POT-Creation-Date" not in text
    assert {"Your profile", "Sign out"} <= {*entries(text)}


def test_a_new_language_is_begun_and_later_brought_up_to_date(
    template: Path, tmp_path: Path
) -> None:
    messages.update("de", template, tmp_path)
    file = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    begun = file.read_text("utf-8")
    assert entries(begun)["Sign out"].faults == ["not translated"]
    translated = begun.replace('msgid "Sign out"\nmsgstr ""', 'msgid "Sign out"\nmsgstr "Abmelden"')
    file.write_text(translated, "utf-8")
    template.write_text(
        template.read_text("utf-8") + '\nmsgid "New"\nmsgstr ""\n', encoding="utf-8"
    )
    messages.update("de", template, tmp_path)
    found = entries(file.read_text("utf-8"))
    assert found["Sign out"].translations == ("Abmelden",)
    assert "New" in found
    assert compiled(file.with_suffix(".mo")) == written(file)
    assert written(file)["Sign out"] == "Abmelden"
    assert "Plural-Forms: nplurals=2;" in file.read_text("utf-8")


def test_nothing_differs_the_second_time(template: Path, tmp_path: Path) -> None:
    messages.update("de", template, tmp_path)
    file = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    first = file.read_text("utf-8")
    messages.update("de", template, tmp_path)
    assert file.read_text("utf-8") == first
