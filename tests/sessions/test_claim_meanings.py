"""Every claim of a session JWT has its meaning, and a source to read on."""

import pytest
from django.test import override_settings

from sessions.claim_meanings import MEANINGS, claims_in_words
from sessions.session_tokens import REQUIRED
from tests.sessions.tokens import claims_of

pytestmark = pytest.mark.django_db
AT = 1_700_000_000
TIMES = {"iat": AT, "exp": AT + 600, "auth_time": AT - 60}


def test_every_claim_of_a_session_jwt_is_explained(alices_token: str) -> None:
    claims = claims_of(alices_token)
    assert claims.keys() | REQUIRED.keys() <= MEANINGS.keys()
    explained = claims_in_words(claims)
    assert [each.name for each in explained] == list(claims)
    assert all(each.meaning and each.source for each in explained)


def test_times_are_said_in_words() -> None:
    words = {each.name: each.words for each in claims_in_words(TIMES)}
    assert words["iat"] == "2023-11-14 22:13:20 UTC"
    assert words["exp"] == "2023-11-14 22:23:20 UTC, 10 minutes after iat"


@override_settings(SESSION_IDLE_LIFETIME=86_400, SESSION_LIFETIME=3 * 86_400)
def test_says_how_long_a_session_goes_on() -> None:
    (exp,) = (each for each in claims_in_words(TIMES) if each.name == "exp")
    assert "not been used for 1 day or is 3 days old" in exp.meaning


def test_values_are_shown_as_they_stand_and_marks_of_direction_escaped() -> None:
    (name,) = claims_in_words({"name": "Bo\u0308b \u202e"})
    assert name.value == '"Bo\u0308b \\u202e"'
