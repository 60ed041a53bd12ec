"""Keys of a provider, published and used: what the tests of keys and tokens share."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

NOW = 1_800_000_000
KEYS: dict[str, Any] = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "RS256": rsa.generate_private_key(65537, 2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())


def jwk_of(algorithm: str, kid: str | None = None) -> dict[str, Any]:
    return public_jwk(KEYS[algorithm], algorithm, kid or algorithm)


def public_jwk(key: Any, algorithm: str = "ES256", kid: str = "ES256") -> dict[str, Any]:
    jwk = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    return dict(jwk) | {"kid": kid, "alg": algorithm}


def signed(header: dict[str, Any], **changes: Any) -> str:
    """Sign claims as they are given, null among them."""
    claims = {"iss": "https://op.example", "aud": "client-1", "sub": "alice", "iat": NOW}
    payload = json.dumps(claims | {"exp": NOW + 300, "nonce": "the-nonce"} | changes).encode()
    head = base64.urlsafe_b64encode(json.dumps({"alg": "ES256"} | header).encode()).rstrip(b"=")
    text = head + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")
    signature = get_default_algorithms()["ES256"].sign(text, KEYS["ES256"])
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()
