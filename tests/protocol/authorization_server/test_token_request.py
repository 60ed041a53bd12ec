"""The access token request of an app."""

import pytest

from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.token_request import (
    CodeExchange,
    Refresh,
    at_hash,
    check_verifier,
    token_request,
)

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def read(**form: str) -> CodeExchange | Refresh:
    return token_request({name: [value] for name, value in form.items()})


def test_a_code() -> None:
    asked = read(
        grant_type="authorization_code",
        code="c",
        redirect_uri="https://app.example/cb",
        code_verifier=VERIFIER,
        scope="openid everything",
    )
    assert asked == CodeExchange("c", "https://app.example/cb", VERIFIER)


def test_a_refresh_token() -> None:
    asked = read(grant_type="refresh_token", refresh_token="r", scope="openid")
    assert asked == Refresh("r", ("openid",))


@pytest.mark.parametrize(
    ("form", "refusal"),
    [
        ({}, Refusal.GRANT_TYPE_MISSING),
        ({"grant_type": "password", "username": "alice"}, Refusal.GRANT_TYPE),
        ({"grant_type": "client_credentials"}, Refusal.GRANT_TYPE),
        ({"grant_type": "authorization_code"}, Refusal.CODE_MISSING),
        ({"grant_type": "refresh_token"}, Refusal.REFRESH_TOKEN_MISSING),
        ({"grant_type": "refresh_token", "refresh_token": "r", "resource": "x"}, Refusal.TARGET),
    ],
)
def test_refuses(form: dict[str, str], refusal: Refusal) -> None:
    with pytest.raises(RefusedRequestError) as caught:
        read(**form)
    assert caught.value.refusal is refusal


def test_the_verifier_of_the_rfc_matches() -> None:
    check_verifier(CHALLENGE, VERIFIER)
    check_verifier("", "")


@pytest.mark.parametrize(
    ("challenge", "verifier", "refusal"),
    [
        (CHALLENGE, "", Refusal.VERIFIER_MISSING),
        (CHALLENGE, VERIFIER[:-1] + "l", Refusal.VERIFIER_WRONG),
        (CHALLENGE, CHALLENGE, Refusal.VERIFIER_WRONG),
        (CHALLENGE, "short", Refusal.VERIFIER_WRONG),
        (CHALLENGE, "é" * 43, Refusal.VERIFIER_WRONG),
        ("", VERIFIER, Refusal.VERIFIER_UNASKED),
    ],
)
def test_refuses_a_verifier(challenge: str, verifier: str, refusal: Refusal) -> None:
    with pytest.raises(RefusedRequestError) as caught:
        check_verifier(challenge, verifier)
    assert caught.value.refusal is refusal


def test_the_hash_of_the_specification() -> None:  # OpenID Connect Core appendix A.3
    assert at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"
