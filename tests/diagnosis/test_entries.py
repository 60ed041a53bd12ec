"""The list of failures, and how each is said."""

import pytest

from diagnosis.entries import DIAGNOSES, Diagnosis, in_words

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


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("timeout", "timeout"),
        ("id_token_missing", "ID token missing"),
        ("redirect_uri_not_registered", "redirect URI not registered"),
        ("signing_key_unknown", "signing key unknown"),
    ],
)
def test_a_code_is_said_as(code: str, words: str) -> None:
    assert in_words(code) == words
