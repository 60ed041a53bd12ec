import hashlib
import hmac
import time
from base64 import urlsafe_b64encode
from typing import Any

import jwt
import pytest

from simulator.process import SimulatorProcess
from tests.simulator.client import Client


@pytest.mark.parametrize(
    ("fault", "claim", "value"),
    [
        ("other_nonce", "nonce", "another"),
        ("no_nonce", "nonce", None),
        ("other_audience", "aud", "another-client"),
        ("other_azp", "azp", "another-client"),
        ("other_issuer_in_id_token", "iss", "https://issuer.example"),
        ("other_at_hash", "at_hash", "LDktKdoQak3Pk0cnXxCltA"),
    ],
)
def test_a_claim_is_wrong_and_the_signature_is_right(
    simulator: SimulatorProcess, issuer: Client, fault: str, claim: str, value: str | None
) -> None:
    claims = _signed_claims(issuer, _id_token(simulator, issuer, fault))
    assert claims.get(claim) == value
    assert claims["sub"]


def test_several_audiences_come_without_azp(simulator: SimulatorProcess, issuer: Client) -> None:
    claims = _signed_claims(issuer, _id_token(simulator, issuer, "audiences_without_azp"))
    assert claims["aud"] == [issuer.client_id, "another-client"]
    assert "azp" not in claims


@pytest.mark.parametrize(
    ("fault", "hours"),
    [
        ("expired_id_token", {"iat": -2, "exp": -1}),
        ("future_iat", {"iat": 1, "exp": 2}),
        ("future_nbf", {"nbf": 1}),
    ],
)
def test_times_are_hours_away(
    simulator: SimulatorProcess, issuer: Client, fault: str, hours: dict[str, int]
) -> None:
    claims = _signed_claims(issuer, _id_token(simulator, issuer, fault))
    assert {name: round((claims[name] - time.time()) / 3600) for name in hours} == hours


def test_auth_time_is_old_or_not_told(simulator: SimulatorProcess, demo: Client) -> None:
    told = _signed_claims(demo, _id_token(simulator, demo, "not_asked_again"))
    assert round((told["auth_time"] - time.time()) / 3600) == -1
    assert "auth_time" not in _signed_claims(demo, _id_token(simulator, demo, "no_auth_time"))


def test_the_nonce_is_the_one_of_the_sign_in_before(
    simulator: SimulatorProcess, issuer: Client
) -> None:
    issuer.tokens(nonce="the-first")
    simulator.arm("replayed_nonce", issuer.slug)
    token = issuer.tokens(nonce="the-second")["id_token"]
    assert _signed_claims(issuer, token)["nonce"] == "the-first"


def test_there_is_no_id_token(simulator: SimulatorProcess, issuer: Client) -> None:
    simulator.arm("no_id_token", issuer.slug)
    answer = issuer.tokens()
    assert "id_token" not in answer
    assert answer["access_token"]


def test_the_id_token_is_no_jwt(simulator: SimulatorProcess, issuer: Client) -> None:
    assert _id_token(simulator, issuer, "garbled_id_token") == "one.two"


def test_another_key_signs_under_the_published_name(
    simulator: SimulatorProcess, issuer: Client
) -> None:
    token = _id_token(simulator, issuer, "bad_signature")
    assert issuer.unverified(token)[0]["kid"] == issuer.jwks()[0]["kid"]
    with pytest.raises(jwt.InvalidSignatureError):
        issuer.id_token(token)


def test_nobody_signs(simulator: SimulatorProcess, issuer: Client) -> None:
    token = _id_token(simulator, issuer, "alg_none")
    assert issuer.unverified(token)[0]["alg"] == "none"
    assert token.endswith(".")


def test_the_client_secret_signs(simulator: SimulatorProcess, issuer: Client) -> None:
    token = _id_token(simulator, issuer, "client_secret_as_key")
    signing_input, _, signature = token.rpartition(".")
    mac = hmac.digest(issuer.client_secret.encode(), signing_input.encode(), hashlib.sha256)
    assert issuer.unverified(token)[0]["alg"] == "HS256"
    assert signature == urlsafe_b64encode(mac).rstrip(b"=").decode()


def _id_token(simulator: SimulatorProcess, issuer: Client, fault: str) -> str:
    simulator.arm(fault, issuer.slug)
    return str(issuer.tokens()["id_token"])


def _signed_claims(issuer: Client, token: str) -> dict[str, Any]:
    """Return the claims, whatever they say, of a token that the published key has signed."""
    header, claims = issuer.unverified(token)
    key = jwt.PyJWK(issuer.key(header["kid"]))
    jwt.PyJWS().decode(token, key, [header["alg"]])
    return claims
