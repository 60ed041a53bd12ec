"""The keys that sign ID tokens: made once per process, when first needed or shortly after start."""

import hashlib
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
THUMBPRINT_MEMBERS = ("crv", "e", "kty", "n", "x", "y")  # RFC 7638 §3.2, of EC and RSA keys


class SigningKey:
    """A private key with its algorithm, generated on first use."""

    def __init__(self, algorithm: str, generate: Callable[[], PrivateKey]) -> None:
        self.algorithm = algorithm
        self._generate = generate
        self._lock = threading.Lock()
        self._private: PrivateKey | None = None

    @property
    def private(self) -> PrivateKey:
        with self._lock:
            if self._private is None:
                self._private = self._generate()
            return self._private

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a JWT in compact form (RFC 7519 §7.1)."""
        kid = self.public_jwk()["kid"]
        return jwt.encode(claims, self.private, self.algorithm, headers={"kid": kid})

    def public_jwk(self) -> dict[str, Any]:
        """Return the public part (RFC 7517 §4), named by its thumbprint (RFC 7638)."""
        jwk = _public_members(self.private)
        return jwk | {"kid": _thumbprint(jwk), "alg": self.algorithm, "use": "sig"}


ES256 = SigningKey("ES256", lambda: ec.generate_private_key(ec.SECP256R1()))
RS256 = SigningKey("RS256", lambda: rsa.generate_private_key(65537, 2048))


def at_hash(access_token: str) -> str:
    """Return the left half of the token's SHA-256 (OpenID Connect Core §3.1.3.6)."""
    return _base64url(hashlib.sha256(access_token.encode()).digest()[:16])


def s256(code_verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636 §4.2)."""
    return _base64url(hashlib.sha256(code_verifier.encode()).digest())


def _public_members(private: PrivateKey) -> dict[str, Any]:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {name: value for name, value in jwk.items() if name in THUMBPRINT_MEMBERS}


def _thumbprint(jwk: dict[str, Any]) -> str:
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
