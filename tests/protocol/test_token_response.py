"""Step 6: what the token endpoint answers, and what of it is as good as absent."""

import json
from typing import Any

import pytest

from protocol import flow, token_response
from protocol.errors import ErrorCode, SignInError

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
        ("text/plain", b' \r\n{"access_token": "at-1"}'),
        (FORM, b"access_token=at-1&scope=user%3Aemail&token_type=bearer"),
        (FORM, b"\xef\xbb\xbfaccess_token=at-1"),
        (FORM, b"access_token=at-1\r\n"),
        ("text/plain; charset=utf-8", b"access_token=at-1&expires=5183999"),
    ],
    ids=[
        "RFC 6749",
        "lower case",
        "no token_type",
        "another content type",
        "another content type, blanks",
        "form-encoded",
        "form-encoded, byte order mark",
        "form-encoded, line end",
        "form-encoded, as text",
    ],
)
def test_reads_a_token_response(content_type: str, body: bytes) -> None:
    assert flow.access_token_response(200, content_type, body).access_token == "at-1"


NOTHINGS: list[Any] = [None, "", 0, False, [], {}]


@pytest.mark.parametrize("value", NOTHINGS, ids=repr)
@pytest.mark.parametrize("name", ["token_type", "error", "id_token", "refresh_token", "expires_in"])
def test_a_member_that_says_nothing_is_absent(name: str, value: object) -> None:
    body = json.dumps({"access_token": "at-1", name: value}).encode()
    token = flow.access_token_response(200, JSON, body)
    assert (token.id_token, token.refresh_token, token.expires_in) == ("", "", None)


@pytest.mark.parametrize("value", NOTHINGS, ids=repr)
def test_an_access_token_is_never_absent_without_harm(value: object) -> None:
    with pytest.raises(SignInError) as refusal:
        flow.access_token_response(200, JSON, json.dumps({"access_token": value}).encode())
    assert refusal.value.code == ErrorCode.TOKEN_RESPONSE_MALFORMED


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (3600, 3600),
        (3599.99, 3599),
        ("3600", 3600),
        ("3599.99", 3599),
        (" 60 ", 60),
        (1.5e3, 1500),
        (-1, None),
        ("-1", None),
        (0.5, None),
        (True, None),
        ("soon", None),
        ("٣٦٠٠", None),
        ([3600], None),
        (9_223_372_036_854_775_807, None),
        (1e300, None),
    ],
    ids=repr,
)
def test_expires_in_is_a_number_of_seconds_or_not_told(value: object, seconds: int | None) -> None:
    body = json.dumps({"access_token": "at-1", "expires_in": value}).encode()
    assert flow.access_token_response(200, JSON, body).expires_in == seconds


@pytest.mark.parametrize("token_type", ["Bearer", "BEARER", " bearer"])
def test_a_token_type_may_be_written_in_any_case(token_type: str) -> None:
    body = json.dumps({"access_token": "at-1", "token_type": token_type}).encode()
    assert flow.access_token_response(200, JSON, body).access_token == "at-1"


def test_an_error_in_a_form_may_be_0() -> None:
    assert (
        flow.access_token_response(200, FORM, b"access_token=at-1&error=0").access_token == "at-1"
    )


def test_a_byte_order_mark_may_stand_before_json() -> None:
    """RFC 8259 §8.1."""
    body = b'\xef\xbb\xbf{"access_token": "at-1"}'
    assert flow.access_token_response(200, JSON, body).access_token == "at-1"


def test_takes_tokens_as_long_as_the_answer_may_be() -> None:
    long = "a" * 60_000
    body = json.dumps({"access_token": long, "refresh_token": long, "id_token": long}).encode()
    token = flow.access_token_response(200, JSON, body)
    assert (token.access_token, token.refresh_token, token.id_token) == (long, long, long)


@pytest.mark.parametrize("refresh_token", ["ä", "a\n"])
def test_a_refresh_token_that_can_be_none_is_none(refresh_token: str) -> None:
    body = json.dumps({"access_token": "at-1", "refresh_token": refresh_token}).encode()
    assert flow.access_token_response(200, JSON, body).refresh_token == ""


@pytest.mark.parametrize(
    ("members", "detail"),
    [
        ({}, "no access_token"),
        ({"access_token": 5}, "access_token is no text"),
        ({"access_token": "a\tb"}, "access_token has a character that no token has"),
        ({"access_token": "a", "id_token": 5}, "id_token is no text"),
        ({"access_token": "a", "token_type": 5}, "token_type is not Bearer"),
        ({"access_token": "a", "token_type": "mac"}, "token_type is not Bearer"),
    ],
    ids=str,
)
def test_names_what_is_wrong_with_a_token_response(members: dict[str, Any], detail: str) -> None:
    with pytest.raises(SignInError) as refusal:
        flow.access_token_response(200, JSON, json.dumps(members).encode())
    assert refusal.value.detail == detail


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
        (200, JSON, b'{"access_token": "a", "id_token": 1}', "token_response_malformed"),
        (200, JSON, b'{"access_token": "a\\ud800"}', "token_response_malformed"),
        (200, JSON, b'{"access_token": "a\\r\\nb"}', "token_response_malformed"),
        (200, JSON, b"[]", "token_response_malformed"),
        (200, JSON, b"<html>", "token_response_malformed"),
    ],
)
def test_refuses_a_token_response(status: int, content_type: str, body: bytes, code: str) -> None:
    with pytest.raises(SignInError) as refusal:
        flow.access_token_response(status, content_type, body)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("status", "members", "marks"),
    [
        (404, {"error": "Not Found"}, ("Not Found", "status 404")),
        (
            401,
            {
                "error": "invalid_client",
                "error_description": "AADSTS1: No",
                "error_codes": [1, "2"],
            },
            ("AADSTS1", "aadsts1: no", "invalid_client", "status 401"),
        ),
        (400, {"error": {"message": "No", "code": 101}}, ("no", "number 101", "status 400")),
        (403, {"message": "Invalid client"}, ("invalid client", "status 403")),
        (401, {"errorCode": "E1", "error_codes": 5}, ("errorCode E1", "status 401")),
    ],
    ids=["GitHub", "Microsoft", "Facebook", "Twitch", "Okta"],
)
def test_the_most_exact_mark_comes_first(
    status: int, members: dict[str, Any], marks: tuple[str, ...]
) -> None:
    assert token_response.read(status, JSON, json.dumps(members).encode()).marks == marks
