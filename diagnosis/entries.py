"""Every failure that Signet can tell apart, as `failures.toml` describes it.

The texts there are English. They are translated when they are filled, for whoever reads them then.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from web.shown import in_code

# Values that are words, names or numbers. A page sets all others apart as code.
IN_WORDS = {"provider", "app", "person", "wait", "email", "used", "rule", "names", "difference"}
IN_WORDS |= {"broken", "everybody", "day", "seconds", "count", "processes"}
ADMIN = "an admin of this site"


@dataclass(frozen=True)
class Words:
    """What the visitor reads. `again` says whether trying the same provider again can help."""

    sentence: str
    way_on: str
    title: str = ""  # a refused form has no page of its own, and so no title
    again: bool = True
    connecting: str = ""  # the sentence for somebody who is signed in and connects an account
    names_admin: bool = False  # whether the way on may lead to an admin

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "Words":
        """Return the words of an entry."""
        return cls(names_admin=ADMIN in entry["way_on"], **entry)

    @property
    def text(self) -> str:
        return f"{self.sentence} {self.way_on}"

    def filled(self, values: Mapping[str, object]) -> "Words":
        """Return the words with the values in place of their names."""
        return replace(
            self,
            title=filled(self.title, values),
            sentence=filled(self.sentence, values),
            way_on=filled(self.way_on, values),
            connecting=filled(self.connecting, values),
        )


@dataclass(frozen=True)
class Advice:
    """What the admin reads: the cause, what to change, and the exact value to paste."""

    cause: str
    fix: str
    value: str = ""

    def filled(self, values: Mapping[str, object]) -> "Advice":
        """Return the advice with the values in place of their names."""
        return Advice(
            filled(self.cause, values), filled(self.fix, values), self.value.format(**values)
        )

    def on_page(self, values: Mapping[str, object]) -> "Advice":
        """Return the same with cause and fix as HTML, for a page."""
        cause, fix = on_page(self.cause, values), on_page(self.fix, values)
        return Advice(cause, fix, self.value.format(**values))


@dataclass(frozen=True)
class Diagnosis:
    """One failure. Its code is that of the step, or a finer one."""

    code: str
    group: str
    name: str  # within a sentence
    words: Words
    advice: Advice
    microsoft: tuple[int, ...] = ()  # its numbers, AADSTS...


def filled(text: str, values: Mapping[str, object]) -> str:
    """Return a sentence in the reader's language, with the values in place of their names.

    "the provider" stands for one that is gone, so it may have to begin a sentence.
    """
    if not text:
        return ""
    sentence = gettext(text)
    words = sentence.format(**values)
    return capfirst(words) if sentence.startswith("{provider}") else words


def on_page(text: str, values: Mapping[str, object]) -> SafeString:
    """Return the same as HTML, with what is no language set apart as code.

    A value that is HTML already stays as it is.
    """
    if not text:
        return SafeString()
    sentence = gettext(text)
    shown = {name: _shown(name, value) for name, value in values.items()}
    words = escape(sentence).format(**shown).strip()
    return SafeString(capfirst(words) if sentence.startswith("{") else words)


def _shown(name: str, value: object) -> SafeString:
    is_in_words = name in IN_WORDS or isinstance(value, SafeString)
    return format_html("{}", value) if is_in_words else in_code(value)


def in_words(code: str) -> str:
    """Return the name of a failure within a sentence. A step's code may have no entry."""
    return gettext(DIAGNOSES[code].name) if code in DIAGNOSES else code.replace("_", " ")


def _read() -> Iterator[Diagnosis]:
    groups = tomllib.loads(Path(__file__).with_name("failures.toml").read_text("utf-8"))
    shared = {name: Words.of(words) for name, words in groups.pop("words").items()}
    for group, entries in groups.items():
        for code, entry in entries.items():
            advice = Advice(entry.pop("cause"), entry.pop("fix"), entry.pop("value", ""))
            name, microsoft = entry.pop("name"), tuple(entry.pop("microsoft", ()))
            words = shared[entry["words"]] if "words" in entry else Words.of(entry)
            yield Diagnosis(code, group, name, words, advice, microsoft)


DIAGNOSES: Mapping[str, Diagnosis] = {diagnosis.code: diagnosis for diagnosis in _read()}
# Microsoft's numbers are the same at both endpoints (2024-04, MicrosoftDocs/entra-docs,
# reference-error-codes.md). Most of those about a person or the application are on a page of its
# own, from which nobody comes back.
BY_MICROSOFT_NUMBER: Mapping[str, str] = {
    f"AADSTS{number}": code
    for code, diagnosis in DIAGNOSES.items()
    for number in diagnosis.microsoft
}
