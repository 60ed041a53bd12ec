"""Every claim of a session JWT has its meaning, and a source to read on."""

import pytest
from django.test import override_settings

from sessions.api.description import CLAIMS, explained
from sessions.session_tokens import REQUIRED
from tests.sessions.tokens import claims_of

pytestmark = pytest.mark.django_db
AT = 1_700_000_000
TIMES = {"iat": AT, "exp": AT + 600, "auth_time": AT - 60}


def test_every_claim_of_a_session_jwt_is_explained(alices_token: str) -> None:
    claims = claims_of(alices_token)
    assert claims.keys() | REQUIRED.keys() <= CLAIMS.keys()
    assert [each.name for each in explained(claims)] == list(claims)
    assert all(each.meaning and each.source for each in explained(claims))


def test_times_are_said_in_words() -> None:
    values = {each.name: each.value for each in explained(TIMES)}
    assert values["iat"] == "2023-11-14 22:13:20 UTC"
    assert values["exp"] == "2023-11-14 22:23:20 UTC, 10 minutes after iat"


@pytest.mark.parametrize("exp", [AT, None, "soon", True], ids=str)
def test_says_what_it_can_of_a_token_that_somebody_made_up(exp: object) -> None:
    (shown,) = explained({"exp": exp})
    assert "after iat" not in shown.value


@override_settings(SESSION_IDLE_LIFETIME=86_400, SESSION_LIFETIME=3 * 86_400)
def test_says_how_long_a_session_goes_on() -> None:
    (exp,) = (each for each in explained(TIMES) if each.name == "exp")
    assert "been unused for 1 day or is 3 days old" in exp.meaning[-1]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Bo\u0308b \u202e", "Bo\u0308b \\u202e"),
        (["a", "b\u202e"], "a, b\\u202e"),
        (True, "true"),
        ({"a": 1}, '{"a": 1}'),
    ],
    ids=["text", "list", "boolean", "object"],
)
def test_values_are_shown_with_marks_of_direction_escaped(value: object, shown: str) -> None:
    (claim,) = explained({"name": value})
    assert claim.value == shown


def test_a_claim_that_is_not_ours_has_no_meaning() -> None:
    assert explained({"nonce": "x"}) == [("nonce", "x", (), "")]
