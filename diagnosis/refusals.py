"""Every refused request of an app, as `refusals.toml` describes it.

The texts there are English. They are translated when they are filled, for whoever reads them then.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from diagnosis.entries import Advice, Words

# The values that entries name, of no app in particular
IN_GENERAL = {
    "app": gettext_lazy("the app"),
    "client_id": "CLIENT_ID",
    "redirect_uri": "https://APP/CALLBACK",
    "difference": SafeString(),
    "endpoint": "/oauth/token",
    "parameter": "PARAMETER",
    "grant_type": "GRANT_TYPE",
    "response_type": "RESPONSE_TYPE",
    "response_mode": "RESPONSE_MODE",
    "method": "plain",
    "prompt": "PROMPT",
    "max_age": "MAX_AGE",
    "resource": "https://API",
    "person": gettext_lazy("Somebody"),
}


@dataclass(frozen=True)
class AppRefusal:
    """One reason for which a request of an app is refused."""

    code: str
    group: str
    name: str  # within a sentence
    advice: Advice
    words: Words | None  # of the visitor's page, None where only the app is told


def in_general(refusal: AppRefusal) -> Advice:
    """Return cause and fix of a refusal, of no app in particular."""
    return filled(refusal, {})


def filled(refusal: AppRefusal, values: Mapping[str, object]) -> Advice:
    """Return cause and fix as HTML, with general values in place of those that are not known."""
    known = {name: value for name, value in values.items() if value}
    return refusal.advice.on_page(IN_GENERAL | {"issuer": settings.BASE_URL} | known)


def name_of(code: str) -> str:
    """Return the name of a refusal within a sentence."""
    return gettext(REFUSALS[code].name) if code in REFUSALS else code.replace("_", " ")


def words_for_visitor(code: str) -> Words:
    """Return what a visitor reads whom we cannot send back to the app."""
    entry = REFUSALS.get(code)
    return ((entry and entry.words) or _WORDS["wrong_settings"]).filled({})


def _read(groups: dict[str, Any], shared: Mapping[str, Words]) -> Iterator[AppRefusal]:
    for group, entries in groups.items():
        for code, entry in entries.items():
            advice = Advice(entry["cause"], entry["fix"])
            words = shared[entry["words"]] if "words" in entry else None
            yield AppRefusal(code, group, entry["name"], advice, words)


_GROUPS = tomllib.loads(Path(__file__).with_name("refusals.toml").read_text("utf-8"))
_WORDS = {name: Words.of(words) for name, words in _GROUPS.pop("words").items()}
REFUSALS: Mapping[str, AppRefusal] = {entry.code: entry for entry in _read(_GROUPS, _WORDS)}
