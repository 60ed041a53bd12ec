import codecs
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from protocol import flow
from protocol.absent_values import TOKEN_RESPONSE
from protocol.errors import AccessTokenError
from tests.properties.strategies import NOTHINGS, TEXTS, VALUES, encoded, members_of

CONTENT_TYPES = st.sampled_from(
    ["application/json", "application/x-www-form-urlencoded", "text/html", "", ";"]
)
STATUSES = st.sampled_from([200, 201, 204, 302, 400, 401, 429, 500, 503])
HARMLESS = sorted(set(TOKEN_RESPONSE) - {"access_token"})


def check(status: int, content_type: str, body: bytes) -> None:
    """Assert that an answer is a usable token, or refused by our own error."""
    try:
        token = flow.access_token_response(status, content_type, body)
    except AccessTokenError:
        return
    assert status in (200, 201)
    assert token.access_token
    for text in (token.access_token, token.refresh_token):
        assert text.isascii()
        assert text.isprintable()
    assert token.expires_in is None or 0 < token.expires_in < 10**10
    assert isinstance(token.id_token, str)


@given(STATUSES, CONTENT_TYPES, st.binary(max_size=200))
def test_any_bytes_are_a_token_or_refused(status: int, content_type: str, body: bytes) -> None:
    check(status, content_type, body)


@given(STATUSES, CONTENT_TYPES, members_of(*TOKEN_RESPONSE))
def test_any_object_is_a_token_or_refused(
    status: int, content_type: str, members: dict[str, Any]
) -> None:
    check(status, content_type, encoded(members))
    check(200, "application/json", encoded({"access_token": "at-1"} | members))


@given(VALUES)
def test_any_json_is_a_token_or_refused(value: object) -> None:
    check(200, "application/json", encoded(value))


@given(
    st.dictionaries(st.sampled_from(HARMLESS), NOTHINGS),
    st.dictionaries(TEXTS.filter(lambda name: name not in TOKEN_RESPONSE), VALUES, max_size=3),
    VALUES,
    st.booleans(),
)
def test_a_good_answer_stays_good_with_members_that_say_nothing(
    nothings: dict[str, Any], others: dict[str, Any], expires_in: object, has_mark: bool
) -> None:
    members = others | {"expires_in": expires_in} | nothings | {"access_token": "at-1"}
    body = codecs.BOM_UTF8 * has_mark + encoded(members)
    assert flow.access_token_response(200, "application/json", body).access_token == "at-1"
