"""What an `error_description` gives away."""

import pytest

from protocol.errors import hint_of


@pytest.mark.parametrize(
    ("description", "hint"),
    [
        ("AADSTS7000215: Invalid client secret provided. Trace ID: 1", "AADSTS7000215"),
        ("code_verifier is wrong", "pkce"),
        ("PKCE verification failed", "pkce"),
        ("Code challenge required", "pkce"),
        ("The redirect_uri MUST match the registered callback URL", "redirect_uri"),
        ("This app has not completed the verification process", "not_verified"),
        ("only for test users", "not_verified"),
        ("Value passed for the authorization code was invalid.", "code"),
        ('Invalid "code" in request.', "code"),
        ("redirect uri/code verifier does not match. Or authorization code expired.", "code"),
        ("redirect_uri or code_verifier", ""),
        ("Grant type 'authorization_code' not allowed for the client.", ""),
        ("something with a secret: hunter2", ""),
        ("x" * 2000 + "AADSTS7000215", ""),
        ("", ""),
        (None, ""),
        (5, ""),
        (["AADSTS7000215"], ""),
    ],
)
def test_is_a_word_of_a_closed_list(description: object, hint: str) -> None:
    assert hint_of(description) == hint
