"""Every failure that Signet can tell apart, as `failures.toml` describes it."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

ACRONYMS = ("dns", "http", "id", "json", "pkce", "tls", "uri")


@dataclass(frozen=True)
class Words:
    """What the visitor reads. `again` says whether trying the same provider again can help."""

    sentence: str
    way_on: str
    title: str = ""  # a refused form has no page of its own, and so no title
    again: bool = True

    @property
    def text(self) -> str:
        return f"{self.sentence} {self.way_on}"

    def filled(self, values: Mapping[str, str]) -> "Words":
        """Return the words with the values in place of their names."""
        texts = {name: getattr(self, name) for name in ("title", "sentence", "way_on")}
        return replace(self, **{name: text.format(**values) for name, text in texts.items()})


@dataclass(frozen=True)
class Advice:
    """What the admin reads: the cause, what to change, and the exact value to paste."""

    cause: str
    fix: str
    value: str = ""

    def filled(self, values: Mapping[str, str]) -> "Advice":
        """Return the advice with the values in place of their names."""
        return Advice(*(text.format(**values) for text in (self.cause, self.fix, self.value)))


@dataclass(frozen=True)
class Diagnosis:
    """One failure. Its code is that of the step, or a finer one."""

    code: str
    group: str
    words: Words
    advice: Advice
    microsoft: tuple[int, ...] = ()  # its numbers, AADSTS...


def in_words(code: str) -> str:
    """Return a code as words within a sentence."""
    words = code.split("_")
    return " ".join(word.upper() if word in ACRONYMS else word for word in words)


def _read() -> Iterator[Diagnosis]:
    groups = tomllib.loads(Path(__file__).with_name("failures.toml").read_text("utf-8"))
    shared = {name: Words(**words) for name, words in groups.pop("words").items()}
    for group, entries in groups.items():
        for code, entry in entries.items():
            advice = Advice(entry.pop("cause"), entry.pop("fix"), entry.pop("value", ""))
            microsoft = tuple(entry.pop("microsoft", ()))
            words = shared[entry["words"]] if "words" in entry else Words(**entry)
            yield Diagnosis(code, group, words, advice, microsoft)


DIAGNOSES: Mapping[str, Diagnosis] = {diagnosis.code: diagnosis for diagnosis in _read()}
# Microsoft's numbers are the same at both endpoints (2024-04, MicrosoftDocs/entra-docs,
# reference-error-codes.md). Most of those about a person or the application are on a page of its
# own, from which nobody comes back.
BY_MICROSOFT_NUMBER: Mapping[str, str] = {
    f"AADSTS{number}": code
    for code, diagnosis in DIAGNOSES.items()
    for number in diagnosis.microsoft
}
