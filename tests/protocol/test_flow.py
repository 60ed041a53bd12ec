from base64 import b64encode
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from protocol import flow
from protocol.client_authentication import TokenEndpointAuthMethod
from protocol.errors import ErrorCode, SignInError
from tests.protocol.registration import CLIENT, SERVER

OPENID_SERVER = replace(SERVER, issuer="https://op.example")
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
ATTEMPT = flow.Attempt("the-state", "the-nonce", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")


def respond(**parameters: str) -> flow.AuthorizationResponse:
    return flow.authorization_response({"state": ["the-state"]} | _lists(parameters))


def _lists(parameters: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in parameters.items()}


def test_the_code_challenge_is_that_of_rfc_7636_appendix_b() -> None:
    url = flow.authorization_request_url(SERVER, CLIENT, ATTEMPT)
    assert f"code_challenge={CHALLENGE}&code_challenge_method=S256" in url


def test_every_attempt_has_256_fresh_bits_for_each_purpose() -> None:
    one, other = flow.Attempt.new(), flow.Attempt.new()
    values = [one.state, one.nonce, one.code_verifier, other.state, other.nonce]
    assert len(set(values)) == 5
    assert all(len(value) == 43 for value in values)


def test_the_admins_parameters_cannot_replace_ours() -> None:
    added = (("response_type", "token"), ("prompt", "consent"))
    client = replace(CLIENT, authorization_parameters=added)
    asked = parse_qs(urlsplit(flow.authorization_request_url(SERVER, client, ATTEMPT)).query)
    assert asked["response_type"] == ["code"]
    assert asked["prompt"] == ["consent"]


@pytest.mark.parametrize(
    ("demand", "added"),
    [
        (flow.Demand.NOTHING, {"claims": ["{}"]}),
        (flow.Demand.LOGIN, {"claims": ["{}"], "prompt": ["login"], "max_age": ["300"]}),
        (flow.Demand.ACCOUNT, {"claims": ["{}"], "prompt": ["select_account"]}),
        (flow.Demand.ANOTHER, {"claims": ["{}"], "prompt": ["select_account"]}),
    ],
    ids=["nothing", "login", "account", "another"],
)
def test_the_attempt_says_what_the_provider_has_to_ask(
    demand: flow.Demand, added: dict[str, list[str]]
) -> None:
    client = replace(
        CLIENT,
        authorization_parameters=(("claims", "{}"),),
        login_again=(("prompt", "login"), ("max_age", "300"), ("state", "not ours")),
        another_account=(("prompt", "select_account"), ("client_id", "not ours")),
    )
    url = flow.authorization_request_url(SERVER, client, replace(ATTEMPT, demand=demand))
    asked = parse_qs(urlsplit(url).query)
    plain = parse_qs(urlsplit(flow.authorization_request_url(SERVER, CLIENT, ATTEMPT)).query)
    assert asked == plain | added


@pytest.mark.parametrize(
    ("login_again", "prompts"), [((("prompt", "login"),), ["login"]), ((), [])], ids=["login", "no"]
)
def test_who_wants_another_account_logs_in_where_there_is_no_choice(
    login_again: tuple[tuple[str, str], ...], prompts: list[str]
) -> None:
    client = replace(CLIENT, login_again=login_again)
    attempt = replace(ATTEMPT, demand=flow.Demand.ANOTHER)
    asked = parse_qs(urlsplit(flow.authorization_request_url(SERVER, client, attempt)).query)
    assert asked.get("prompt", []) == prompts


def test_an_authorization_endpoint_may_have_a_query_of_its_own() -> None:
    server = replace(SERVER, authorization_endpoint="https://op.example/authorize?tenant=1")
    url = flow.authorization_request_url(server, CLIENT, ATTEMPT)
    assert url.startswith("https://op.example/authorize?tenant=1&response_type=code&")


def test_scopes_are_parted_as_the_provider_reads_them() -> None:
    client = replace(CLIENT, scope=("email", "public_profile"), scope_delimiter=",")
    asked = parse_qs(urlsplit(flow.authorization_request_url(SERVER, client, ATTEMPT)).query)
    assert asked["scope"] == ["email,public_profile"]
    assert "nonce" not in asked


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "state_missing"),
        ({"code": ["c"]}, "state_missing"),
        ({"state": [""], "code": ["c"]}, "state_missing"),
        ({"state": ["a", "a"], "code": ["c"]}, "response_malformed"),
        ({"state": ["a"], "code": ["c", "d"]}, "response_malformed"),
        ({"state": ["a"], "code": ["c"], "iss": ["i", "i"]}, "response_malformed"),
        ({"state": ["a"], "error": ["x", "y"]}, "response_malformed"),
        ({"state": ["a"], "code": ["c" * 8191]}, "response_malformed"),
        ({"state": ["a" * 8191], "code": ["c"]}, "response_malformed"),
        ({"state": ["a"], "code": ["c\n"]}, "response_malformed"),
        ({"state": ["a"], "code": ["c\x00"]}, "response_malformed"),
        ({"state": ["ä"], "code": ["c"]}, "response_malformed"),
    ],
)
def test_refuses_an_authorization_response_with(query: dict[str, list[str]], code: str) -> None:
    with pytest.raises(SignInError) as refusal:
        flow.authorization_response(query)
    assert refusal.value.code == code
    assert refusal.value.step == 4


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"code": ["c" * 8191]}, "parameter code has more than 8190 characters"),
        ({"code": ["c", "c"]}, "parameter code occurs twice"),
        ({"iss": ["\t"]}, "parameter iss has a character that no such parameter has"),
    ],
    ids=["long", "twice", "tab"],
)
def test_names_what_is_wrong_with_a_parameter(query: dict[str, list[str]], detail: str) -> None:
    with pytest.raises(SignInError) as refusal:
        flow.authorization_response({"state": ["the-state"]} | query)
    assert refusal.value.detail == detail


def test_takes_a_code_that_fits_a_request_line() -> None:
    code = "0.AXoA-" * 1000
    assert flow.authorization_code(respond(code=code), SERVER, ATTEMPT) == code


@pytest.mark.parametrize("name", ["error", "iss"])
def test_a_parameter_that_is_empty_is_absent(name: str) -> None:
    response = respond(**{"code": "the-code", name: ""})
    assert flow.authorization_code(response, OPENID_SERVER, ATTEMPT) == "the-code"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"state": "another", "code": "c"}, "state_unknown"),
        ({}, "response_malformed"),
        ({"error": "access_denied"}, "access_denied"),
        ({"error": "access_denied", "code": "c"}, "access_denied"),
        ({"error": "user_cancelled_authorize"}, "access_denied"),
        ({"error": "user_cancelled_login"}, "access_denied"),
        ({"error": "server_error"}, "provider_unavailable"),
        ({"error": "temporarily_unavailable"}, "provider_unavailable"),
        ({"error": "invalid_scope"}, "authorization_refused"),
        ({"error": "redirect_uri_mismatch"}, "redirect_uri_mismatch"),
        ({"error": "application_suspended"}, "authorization_refused"),
        ({"error": "<script>"}, "authorization_refused"),
        ({"error": "réfusé"}, "authorization_refused"),
        ({"error": "", "code": ""}, "response_malformed"),
        ({"code": "c", "iss": "https://mallory.example"}, "issuer_mismatch"),
        ({"error": "access_denied", "iss": "https://mallory.example"}, "issuer_mismatch"),
    ],
)
def test_refuses_to_read_a_code_from(parameters: dict[str, str], code: str) -> None:
    with pytest.raises(SignInError) as refusal:
        flow.authorization_code(respond(**parameters), OPENID_SERVER, ATTEMPT)
    assert refusal.value.code == code


def test_a_promised_iss_must_be_there_also_in_an_error() -> None:
    server = replace(OPENID_SERVER, promises_iss=True)
    for parameters in ({"code": "c"}, {"error": "access_denied"}):
        with pytest.raises(SignInError) as refusal:
            flow.authorization_code(respond(**parameters), server, ATTEMPT)
        assert refusal.value.code == ErrorCode.ISSUER_MISMATCH


def test_an_iss_that_there_is_nothing_to_compare_with_is_not_compared() -> None:
    """The redirect URI is the provider's own, which keeps mix-ups out (RFC 9700 §4.4.2.2)."""
    response = respond(code="the-code", iss="https://anybody.example")
    assert flow.authorization_code(response, SERVER, ATTEMPT) == "the-code"


def test_the_right_iss_lets_the_code_through() -> None:
    server = replace(OPENID_SERVER, promises_iss=True)
    response = respond(code="the-code", iss="https://op.example")
    assert flow.authorization_code(response, server, ATTEMPT) == "the-code"


def test_an_error_text_of_the_provider_is_never_repeated() -> None:
    with pytest.raises(SignInError) as refusal:
        flow.authorization_code(respond(error="a-secret-text"), SERVER, ATTEMPT)
    assert "a-secret-text" not in f"{refusal.value} {refusal.value.provider_error}"


def test_client_secret_basic_encodes_both_halves_first() -> None:
    client = replace(CLIENT, token_endpoint_auth_method=TokenEndpointAuthMethod.BASIC)
    request = flow.access_token_request(SERVER, client, ATTEMPT, "c")
    assert request.headers["Authorization"] == "Basic " + b64encode(b"client-1:s+e%2Bcret").decode()
    assert "client_secret" not in request.data


def test_a_client_id_may_have_another_name() -> None:
    client = replace(CLIENT, client_id_parameter="client_key")
    asked = parse_qs(urlsplit(flow.authorization_request_url(SERVER, client, ATTEMPT)).query)
    request = flow.access_token_request(SERVER, client, ATTEMPT, "c")
    assert asked["client_key"] == ["client-1"]
    assert request.data["client_key"] == "client-1"
    assert not [names for names in (asked, request.data) if "client_id" in names]


def test_a_challenge_is_sent_even_where_the_verifier_is_not_taken() -> None:
    client = replace(CLIENT, sends_verifier=False)
    url = flow.authorization_request_url(SERVER, client, ATTEMPT)
    assert CHALLENGE in url
    assert "code_verifier" not in flow.access_token_request(SERVER, client, ATTEMPT, "c").data


def test_no_secret_shows_in_the_text_of_any_message() -> None:
    request = flow.access_token_request(SERVER, CLIENT, ATTEMPT, "the-code")
    token = flow.access_token_response(200, "application/json", b'{"access_token": "at-1"}')
    text = f"{CLIENT!r} {ATTEMPT!r} {request!r} {token!r} {respond(code='the-code')!r}"
    tied = (ATTEMPT.state, ATTEMPT.nonce, ATTEMPT.code_verifier)
    hidden = (CLIENT.client_secret, *tied, "the-code", "at-1")
    assert not [secret for secret in hidden if secret in text]
