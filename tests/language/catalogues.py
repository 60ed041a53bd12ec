"""Reads the files of translators (gnu.org/software/gettext, "PO Files"), as msgfmt does."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import allauth
import django

from config.messages import LOCALE

KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*)')
PLACE = re.compile(r"\{(\w*)\}|%\((\w+)\)[sd]|%[sd]")


@dataclass(frozen=True)
class Entry:
    """A text and its translations: several if it has a plural."""

    texts: tuple[str, ...]
    translations: tuple[str, ...]
    is_fuzzy: bool

    @property
    def faults(self) -> list[str]:
        """Return what keeps a visitor from reading it in their language."""
        faults = ["fuzzy"] if self.is_fuzzy else []
        if not all(self.translations):
            return [*faults, "not translated"]
        known = {place for text in self.texts for place in places(text)}
        needed = set.intersection(*({*places(text)} for text in self.texts))
        others = [each for each in self.translations if not needed <= {*places(each)} <= known]
        return [*faults, *(f"other placeholders: {each}" for each in others)]


def places(text: str) -> list[str]:
    return [match[0] for match in PLACE.finditer(text)]


def entries(text: str) -> dict[str, Entry]:
    """Return the entries of a file by their text, the header under ""."""
    found = {}
    for block in re.split(r"\n{2,}", text.strip()):
        fields = _fields(block)
        if "msgid" in fields:
            texts = [fields[name] for name in ("msgid", "msgid_plural") if name in fields]
            translations = [value for name, value in fields.items() if name.startswith("msgstr")]
            key = "\x04".join(fields[name] for name in ("msgctxt", "msgid") if name in fields)
            is_fuzzy = re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE) is not None
            found[key] = Entry(tuple(texts), tuple(translations), is_fuzzy)
    return found


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in block.split("\n"):
        if start := KEYWORD.fullmatch(line):
            name = start[1]
            fields[name] = ast.literal_eval(start[2])
        elif line.startswith('"'):
            fields[name] += ast.literal_eval(line)
    return fields


def file_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def not_ours() -> set[str]:
    """Return the texts that Django and django-allauth bring, with translations of their own."""
    english = Path("locale/en/LC_MESSAGES/django.po")
    folders = [Path(str(django.__file__)).parent, Path(str(allauth.__file__)).parent]
    files = [file for folder in folders for file in folder.rglob(str(english))]
    return {key for file in files for key in entries(file.read_text("utf-8"))}
