from base64 import b64encode
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from oauth_client import flow
from oauth_client.errors import ErrorCode, SignInError

SERVER = flow.AuthorizationServer("https://op.example/authorize", "https://op.example/token")
OPENID_SERVER = replace(SERVER, issuer="https://op.example")
CLIENT = flow.Client("client-1", "s e+cret", "https://us.example/callback/", ("openid", "email"))
ATTEMPT = flow.Attempt("the-state", "the-nonce", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")


def respond(**parameters: str) -> flow.AuthorizationResponse:
    return flow.authorization_response({"state": ["the-state"]} | _lists(parameters))


def _lists(parameters: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in parameters.items()}


def test_the_code_challenge_is_that_of_rfc_7636_appendix_b() -> None:
    assert ATTEMPT.code_challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


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
    ],
    ids=["nothing", "login", "account"],
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
        ({"state": ["a"], "code": ["c" * 2049]}, "response_malformed"),
        ({"state": ["a" * 2049], "code": ["c"]}, "response_malformed"),
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
    client = replace(CLIENT, token_endpoint_auth_method=flow.TokenEndpointAuthMethod.BASIC)
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
    assert ATTEMPT.code_challenge in url
    assert "code_verifier" not in flow.access_token_request(SERVER, client, ATTEMPT, "c").data


def test_no_secret_shows_in_the_text_of_any_message() -> None:
    request = flow.access_token_request(SERVER, CLIENT, ATTEMPT, "the-code")
    token = flow.access_token_response(200, "application/json", b'{"access_token": "at-1"}')
    text = f"{CLIENT!r} {ATTEMPT!r} {request!r} {token!r} {respond(code='the-code')!r}"
    tied = (ATTEMPT.state, ATTEMPT.nonce, ATTEMPT.code_verifier)
    hidden = (CLIENT.client_secret, *tied, "the-code", "at-1")
    assert not [secret for secret in hidden if secret in text]


JSON = "application/json; charset=utf-8"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
FACEBOOK = b'{"error": {"message": "Error validating client secret.", "code": 1}}'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, b'{"access_token": "at-1", "token_type": "Bearer", "expires_in": 3600}'),
        (JSON, b'{"access_token": "at-1", "token_type": "bearer"}'),
        (JSON, b'{"access_token": "at-1", "expires_in": "3600"}'),
        ("text/plain", b'{"access_token": "at-1"}'),
        (FORM, b"access_token=at-1&scope=user%3Aemail&token_type=bearer"),
    ],
    ids=["RFC 6749", "lower case", "no token_type", "another content type", "form-encoded"],
)
def test_reads_a_token_response(content_type: str, body: bytes) -> None:
    assert flow.access_token_response(200, content_type, body).access_token == "at-1"


@pytest.mark.parametrize(
    ("status", "content_type", "body", "code"),
    [
        (500, "text/html", b"<h1>oops</h1>", "provider_unavailable"),
        (502, "text/html", b"", "provider_unavailable"),
        (429, JSON, b"{}", "rate_limited"),
        (401, JSON, b'{"error": "invalid_client"}', "invalid_client"),
        (200, JSON, b'{"error": "incorrect_client_credentials"}', "invalid_client"),
        (400, JSON, b'{"error": "invalid_grant"}', "invalid_grant"),
        (200, JSON, b'{"error": "bad_verification_code"}', "invalid_grant"),
        (200, JSON, b'{"ok": false, "error": "bad_client_secret"}', "invalid_client"),
        (200, JSON, b'{"ok": false, "error": "invalid_client_id"}', "invalid_client"),
        (200, JSON, b'{"ok": false, "error": "invalid_code"}', "invalid_grant"),
        (200, JSON, b'{"ok": false, "error": "bad_redirect_uri"}', "redirect_uri_mismatch"),
        (200, FORM, b"error=redirect_uri_mismatch&error_uri=x", "redirect_uri_mismatch"),
        (401, JSON, b'{"error": "deleted_client"}', "invalid_client"),
        (401, JSON, b'{"error": "access_denied"}', "token_refused"),
        (400, JSON, b'{"error": "invalid_redirect_uri"}', "invalid_grant"),
        (400, JSON, FACEBOOK, "invalid_client"),
        (400, JSON, b'{"error": {"message": "An unknown error", "code": 1}}', "token_refused"),
        (400, JSON, b'{"error": {"code": 1}}', "token_refused"),
        (403, JSON, b'{"status": 403, "message": "invalid client secret"}', "invalid_client"),
        (400, JSON, b'{"status": 400, "message": "Invalid authorization code"}', "invalid_grant"),
        (400, JSON, b'{"error": "unsupported_grant_type"}', "token_refused"),
        (400, JSON, b'{"error": ["invalid_grant"]}', "token_refused"),
        (403, JSON, b"{}", "token_refused"),
        (200, JSON, b'{"access_token": "at-1", "error": "x"}', "token_refused"),
        (200, JSON, b"{}", "token_response_malformed"),
        (200, JSON, b'{"access_token": ""}', "token_response_malformed"),
        (200, JSON, b'{"access_token": 5}', "token_response_malformed"),
        (200, JSON, b'{"access_token": "a", "access_token": "b"}', "token_response_malformed"),
        (200, FORM, b"access_token=a&access_token=b", "token_response_malformed"),
        (200, JSON, b'{"access_token": "a", "token_type": "mac"}', "token_response_malformed"),
        (200, JSON, b'{"access_token": "a", "expires_in": -1}', "token_response_malformed"),
        (200, JSON, b'{"access_token": "a", "expires_in": true}', "token_response_malformed"),
        (200, JSON, b'{"access_token": "a", "expires_in": "soon"}', "token_response_malformed"),
        (200, JSON, b'{"access_token": "a", "id_token": 1}', "token_response_malformed"),
        (200, JSON, b'{"access_token": "a\\ud800"}', "token_response_malformed"),
        (200, JSON, b'{"access_token": "a\\r\\nb"}', "token_response_malformed"),
        (200, JSON, b'{"access_token": "' + b"a" * 16_385 + b'"}', "token_response_malformed"),
        (200, JSON, b"[]", "token_response_malformed"),
        (200, JSON, b"<html>", "token_response_malformed"),
    ],
)
def test_refuses_a_token_response(status: int, content_type: str, body: bytes, code: str) -> None:
    with pytest.raises(SignInError) as refusal:
        flow.access_token_response(status, content_type, body)
    assert refusal.value.code == code
