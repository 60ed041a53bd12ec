"""How a diagnosis is said."""

import pytest

from diagnosis import Diagnosis, in_words


@pytest.mark.parametrize(
    ("diagnosis", "words"),
    [
        (Diagnosis.TIMEOUT, "timeout"),
        (Diagnosis.ID_TOKEN_MISSING, "ID token missing"),
        (Diagnosis.REDIRECT_URI_NOT_REGISTERED, "redirect URI not registered"),
        (Diagnosis.SIGNING_KEY_UNKNOWN, "signing key unknown"),
    ],
)
def test_a_diagnosis_is_said_as(diagnosis: str, words: str) -> None:
    assert in_words(diagnosis) == words
