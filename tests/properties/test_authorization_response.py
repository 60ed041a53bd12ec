import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import flow
from protocol.errors import AuthorizationResponseError
from protocol.limits import PARAMETER
from tests.properties.strategies import TEXTS

NAMES = st.sampled_from(flow.RESPONSE_PARAMETERS) | TEXTS
QUERIES = st.dictionaries(NAMES, st.lists(TEXTS | st.just("the-state"), max_size=3), max_size=6)
SERVER = flow.AuthorizationServer(
    "https://op.example/a", "https://op.example/t", "https://op.example"
)
ATTEMPT = flow.Attempt("the-state", "the-nonce", "the-verifier")
PLAIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=200)


@given(QUERIES)
def test_an_authorization_response_is_plain_or_refused(query: dict[str, list[str]]) -> None:
    try:
        response = flow.authorization_response(query)
    except AuthorizationResponseError:
        return
    values = (response.code, response.state, response.iss)
    assert response.state
    assert all(value.isascii() and value.isprintable() for value in values)
    assert all(len(value) <= PARAMETER for value in values)
    assert all(len(query.get(name, [])) <= 1 for name in flow.RESPONSE_PARAMETERS)


@given(QUERIES)
def test_a_code_answers_this_attempt_and_is_of_this_issuer(query: dict[str, list[str]]) -> None:
    try:
        response = flow.authorization_response(query | {"state": ["the-state"]})
        code = flow.authorization_code(response, SERVER, ATTEMPT)
    except AuthorizationResponseError:
        return
    assert [code] == query["code"]
    assert query.get("error", [""]) in ([], [""])
    assert query.get("iss", [""]) in ([], [""], [SERVER.issuer])


@given(PLAIN, st.dictionaries(TEXTS, st.lists(TEXTS, max_size=3), max_size=4))
def test_parameters_that_nobody_knows_change_nothing(
    code: str, others: dict[str, list[str]]
) -> None:
    known = {"state": ["the-state"], "code": [code], "iss": [SERVER.issuer], "error": [""]}
    response = flow.authorization_response(others | known)
    assert flow.authorization_code(response, SERVER, ATTEMPT) == code


@given(PLAIN)
def test_a_state_of_another_attempt_is_never_taken(state: str) -> None:
    if state == ATTEMPT.state:
        return
    response = flow.authorization_response({"state": [state], "code": ["c"]})
    with pytest.raises(AuthorizationResponseError):
        flow.authorization_code(response, SERVER, ATTEMPT)
