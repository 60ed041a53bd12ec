"""What the discovery document promises, value by value: all of it works."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.test import Client
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from oidc_provider.models import App, Authentication
from protocol.authorization_server.metadata import AUTHENTICATION, PATHS
from protocol.jwks import PUBLIC_KEY_ALGORITHMS
from sessions.models import User
from tests.conftest import HOST
from tests.oidc_provider.party import SECRET, RelyingParty, parts_of

ISSUER = "http://localhost:8000"
ASSERTED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/.well-known/openid-configuration").json()
    return found


def key_and_jwk(algorithm: str, rsa_key: rsa.RSAPrivateKey) -> tuple[Any, str]:
    """Return a private key for this algorithm, and the JWK of its public one."""
    if algorithm in CURVES:
        on_curve = ec.generate_private_key(CURVES[algorithm])
        return on_curve, ECAlgorithm.to_jwk(on_curve.public_key())
    if algorithm == "EdDSA":
        edwards = ed25519.Ed25519PrivateKey.generate()
        return edwards, OKPAlgorithm.to_jwk(edwards.public_key())
    return rsa_key, RSAAlgorithm.to_jwk(rsa_key.public_key())


def signing(party: RelyingParty, algorithm: str, rsa_key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """Let the app sign by this algorithm; return what it sends in place of a secret."""
    key, jwk = key_and_jwk(algorithm, rsa_key)
    party.app.authentication = Authentication.PRIVATE_KEY
    party.app.jwks = {"keys": [json.loads(jwk) | {"kid": "1", "use": "sig", "alg": algorithm}]}
    party.app.save()
    now = int(time.time())
    claims = {"iss": "grafana", "sub": "grafana", "aud": ISSUER, "exp": now + 60, "iat": now}
    signed = jwt.encode(claims | {"jti": "j"}, key, algorithm, headers={"kid": "1"})
    return {"client_assertion": signed, "client_assertion_type": ASSERTED, "client_secret": None}


def proof(party: RelyingParty, method: str, rsa_key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """Let the app authenticate by this method; return the fields that change."""
    if method == "private_key_jwt":
        return signing(party, "RS256", rsa_key)
    if method == "client_secret_basic":
        pair = base64.b64encode(f"grafana:{SECRET}".encode()).decode()
        party.server = Client(headers={"host": HOST, "authorization": f"Basic {pair}"})
        return {"client_id": None, "client_secret": None}
    if method == "none":
        App.objects.update(authentication=Authentication.NONE)
        return {"client_secret": None}
    return {}


def test_every_endpoint_is_there(document: dict[str, Any], client: Client) -> None:
    assert all(client.get(path).status_code != 404 for path in PATHS.values())
    assert {document[name].removeprefix(ISSUER) for name in PATHS} == {*PATHS.values()}


def test_every_claim_is_told_and_no_other(party: RelyingParty, document: dict[str, Any]) -> None:
    User.objects.update(picture="https://pictures.example/alice")
    tokens = party.tokens()
    _, claims = parts_of(tokens["id_token"])
    about = party.userinfo(tokens["access_token"]).json()
    assert claims.keys() | about.keys() == {*document["claims_supported"]}


def test_every_scope_is_granted(party: RelyingParty, document: dict[str, Any]) -> None:
    scope = " ".join(document["scopes_supported"])
    assert party.tokens(scope=scope)["scope"] == scope


@pytest.mark.parametrize("algorithm", PUBLIC_KEY_ALGORITHMS)
def test_an_app_may_sign_by_every_algorithm(
    party: RelyingParty, document: dict[str, Any], rsa_key: rsa.RSAPrivateKey, algorithm: str
) -> None:
    assert algorithm in document["token_endpoint_auth_signing_alg_values_supported"]
    fields = signing(party, algorithm, rsa_key)
    assert party.exchange(party.code(), **fields).status_code == 200


@pytest.mark.parametrize("method", AUTHENTICATION)
@pytest.mark.parametrize("endpoint", ["revocation", "introspection"])
def test_an_app_may_authenticate_by_every_method(
    party: RelyingParty,
    document: dict[str, Any],
    rsa_key: rsa.RSAPrivateKey,
    endpoint: str,
    method: str,
) -> None:
    is_promised = method in document[f"{endpoint}_endpoint_auth_methods_supported"]
    fields = proof(party, method, rsa_key)
    response = party.post(PATHS[f"{endpoint}_endpoint"], token="t", **fields)
    assert (response.status_code == 200) is is_promised
