"""The app's messages: what it sends, and what it refuses."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import responses
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator.app import sign_in
from simulator.app.sign_in import ISSUER, SignInError

STATE = "the state"
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/oauth/authorize",
    "token_endpoint": f"{ISSUER}/oauth/token",
    "revocation_endpoint": f"{ISSUER}/oauth/revoke",
    "end_session_endpoint": f"{ISSUER}/oauth/logout",
    "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
}


@pytest.fixture(autouse=True)
def issuer() -> Any:
    """The issuer, which says where everything is."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.get(f"{ISSUER}/.well-known/openid-configuration", json=METADATA)
        yield mocked
    sign_in.metadata.cache_clear()
    sign_in.keys.cache_clear()


def test_asks_for_a_code_with_pkce_state_and_nonce() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
    address = urlsplit(sign_in.authorization_request(STATE, "the nonce", verifier))
    assert address.path == "/oauth/authorize"
    assert dict(parse_qsl(address.query)) == {
        "response_type": "code",
        "client_id": "demo-app",
        "redirect_uri": "http://127.0.0.1:9001/signed-in",
        "scope": "openid profile email groups offline_access",
        "state": STATE,
        "nonce": "the nonce",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }


def test_takes_the_code_of_its_own_issuer_and_state() -> None:
    query = {"state": STATE, "iss": ISSUER, "code": "c"}
    assert sign_in.authorization_code(query, STATE) == "c"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"state": "mallory's"}, "did not begin in this browser"),
        ({"state": None}, "did not begin in this browser"),
        ({"iss": "https://mallory.example"}, "Another issuer"),
        ({"iss": None}, "Another issuer"),
        ({"code": None}, "no code"),
        ({"code": None, "error": "access_denied", "error_description": "Not you."}, "Not you."),
    ],
    ids=["another state", "no state", "another issuer", "no issuer", "no code", "an error"],
)
def test_takes_no_other_answer(changes: dict[str, str | None], why: str) -> None:
    answer = {"state": STATE, "iss": ISSUER, "code": "c"} | changes
    query = {name: value for name, value in answer.items() if value is not None}
    with pytest.raises(SignInError, match=why):
        sign_in.authorization_code(query, STATE)


def test_takes_no_answer_if_nothing_has_begun() -> None:
    with pytest.raises(SignInError, match="did not begin"):
        sign_in.authorization_code({"state": "", "iss": ISSUER, "code": "c"}, "")


def test_says_why_its_code_or_refresh_token_is_refused(issuer: responses.RequestsMock) -> None:
    said = {"error": "invalid_grant", "error_description": "It has ended."}
    issuer.post(METADATA["token_endpoint"], json=said, status=400)
    with pytest.raises(SignInError, match="It has ended."):
        sign_in.token_request(grant_type="refresh_token", refresh_token="r")
    request = issuer.calls[-1].request
    assert request.body == "grant_type=refresh_token&refresh_token=r"
    assert request.headers["Authorization"].startswith("Basic ")


KEY, OTHER_KEY = (rsa.generate_private_key(65537, 2048) for _ in range(2))


def id_token(key: Any = KEY, alg: str = "RS256", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "demo-app", "sub": "s", "iat": now, "exp": now + 60}
    claims |= {"nonce": "n"} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, alg, {"kid": "k"})


@pytest.fixture
def _with_its_key() -> None:
    """The app has just read the keys of the issuer."""
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    read = {"keys": [jwk | {"kid": "k", "use": "sig", "alg": "RS256"}]}
    cache = sign_in.keys().jwk_set_cache
    assert cache
    cache.put(jwt.PyJWKSet.from_dict(read))


@pytest.mark.usefixtures("_with_its_key")
def test_believes_an_id_token_of_its_issuer_for_it() -> None:
    assert sign_in.id_token_claims(id_token(), "n")["sub"] == "s"
    assert sign_in.id_token_claims(id_token(nonce=None))["sub"] == "s"


@pytest.mark.parametrize(
    "make",
    [
        lambda: id_token(nonce="mallory's"),
        lambda: id_token(nonce=None),
        lambda: id_token(aud="another-app"),
        lambda: id_token(iss="https://mallory.example"),
        lambda: id_token(exp=int(time.time()) - 60),
        lambda: id_token(exp=None),
        lambda: id_token(sub=None),
        lambda: id_token(OTHER_KEY),
        lambda: id_token("secret" * 8, "HS256"),
        lambda: jwt.encode({"iss": ISSUER}, "", "none", {"kid": "k"}),
        lambda: "no token",
    ],
    ids=[
        "another nonce",
        "no nonce",
        "another app",
        "another issuer",
        "expired",
        "no exp",
        "nobody",
        "another key",
        "HS256",
        "unsigned",
        "no token",
    ],
)
@pytest.mark.usefixtures("_with_its_key")
def test_believes_no_other_id_token(make: Callable[[], str]) -> None:
    with pytest.raises((SignInError, jwt.PyJWTError)):
        sign_in.id_token_claims(make(), "n")


def test_sends_the_browser_to_sign_out_with_the_id_token() -> None:
    assert sign_in.logout_request("t") == (
        f"{ISSUER}/oauth/logout?id_token_hint=t"
        "&post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A9001%2Fsigned-out"
    )
