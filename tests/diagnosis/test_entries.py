"""The list of failures, and how each is said."""

from typing import Any

import pytest
from django.template.loader import render_to_string

from diagnosis.entries import DIAGNOSES, Diagnosis, Words, filled, in_words
from diagnosis.refusals import REFUSALS

FOR_VISITORS = {"provider": "GitHub", "email": "alice@example.com", "rule": "all", "used": "GitLab"}
FOR_ADMINS = dict.fromkeys(
    ("provider", "client_id", "redirect_uri", "issuer", "document", "site", "wait"), "<value>"
)


@pytest.mark.parametrize("entry", DIAGNOSES.values(), ids=DIAGNOSES)
def test_every_entry_has_words_for_a_visitor_and_no_jargon(entry: Diagnosis) -> None:
    words = entry.words.filled(FOR_VISITORS)
    assert bool(words.title) == (entry.group != "form")
    assert words.sentence.endswith(".")
    assert words.way_on.endswith(".")
    text = f"{words.title} {words.text}"
    jargon = ("OAuth", "token", "redirect", "client", entry.code, "{")
    assert not [word for word in jargon if word in text]


@pytest.mark.parametrize("entry", DIAGNOSES.values(), ids=DIAGNOSES)
def test_every_entry_has_a_cause_and_a_fix_for_the_admin(entry: Diagnosis) -> None:
    advice = entry.advice.filled(FOR_ADMINS)
    assert advice.cause.endswith(".")
    assert advice.fix.endswith(":" if advice.value else ".")
    assert "{" not in f"{advice.cause} {advice.fix} {advice.value}"


def test_no_number_of_microsoft_means_two_things() -> None:
    numbers = [number for entry in DIAGNOSES.values() for number in entry.microsoft]
    assert len(numbers) == len({*numbers})


def test_every_entry_has_a_name_of_its_own() -> None:
    names = {entry.name for entry in DIAGNOSES.values()}
    assert len(names) == len(DIAGNOSES)
    assert not [name for name in names if name.endswith(".") or "_" in name.replace("at_hash", "")]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("timeout", "timeout"),
        ("id_token_missing", "ID token missing"),
        ("access_denied", "cancelled"),
        ("invalid_client", "invalid client"),  # of a step, and no entry
    ],
)
def test_a_code_is_said_as(code: str, words: str) -> None:
    assert in_words(code) == words


def test_a_provider_that_is_gone_begins_a_sentence_with_a_capital() -> None:
    words = DIAGNOSES["profile_refused"].words.filled({"provider": "the provider"})
    assert words.title == "The provider didn't share your profile"
    assert "You signed in at the provider," in words.sentence


def test_nothing_is_filled_with_nothing() -> None:
    assert filled("", {}) == ""


PAGES: dict[str, tuple[str, Words]] = {
    **{code: ("sign_in_failed.html", entry.words) for code, entry in DIAGNOSES.items()},
    **{code: ("app_refused.html", each.words) for code, each in REFUSALS.items() if each.words},
}


@pytest.mark.parametrize("code", PAGES)
def test_a_page_tells_visitors_once_to_ask_an_admin(code: str) -> None:
    template, words = PAGES[code]
    about: dict[str, Any] = {"words": words.filled(FOR_VISITORS), "reference": "7F3K-Q2MD"}
    page = render_to_string(template, about)
    assert page.count("an admin of this site") == 1
    assert ("Give the admin this reference:" in page) != ("Still stuck?" in page)
