"""The keys that sign ID tokens, made when they are first needed, and the ID token itself."""

import hashlib
import hmac
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm, get_default_algorithms

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Jwk = dict[str, Any]
ALGORITHMS = get_default_algorithms()
THUMBPRINT_MEMBERS = ("crv", "e", "kty", "n", "x", "y")  # RFC 7638 §3.2, of EC and RSA keys


class Signer(Protocol):
    """Something that makes the third part of a JWT."""

    @property
    def algorithm(self) -> str: ...

    def sign(self, signing_input: bytes) -> bytes: ...


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

    @property
    def kid(self) -> str:
        """Return the key's thumbprint (RFC 7638), which is its name."""
        return str(self.public_jwk()["kid"])

    def sign(self, signing_input: bytes) -> bytes:
        return bytes(ALGORITHMS[self.algorithm].sign(signing_input, self.private))

    def public_jwk(self) -> Jwk:
        """Return the public part (RFC 7517 §4), named by its thumbprint (RFC 7638)."""
        jwk = _public_members(self.private)
        return jwk | {"kid": _thumbprint(jwk), "alg": self.algorithm, "use": "sig"}

    def another(self) -> "SigningKey":
        """Return a new key of the same kind."""
        return SigningKey(self.algorithm, self._generate)


@dataclass(frozen=True)
class SharedSecret:
    """A secret as a key (RFC 7518 §3.2). Only faults sign with one."""

    secret: bytes = field(repr=False)
    algorithm: str = "HS256"

    def sign(self, signing_input: bytes) -> bytes:
        return hmac.digest(self.secret, signing_input, "sha256")


@dataclass(frozen=True)
class NoKey:
    """No signature at all (RFC 7518 §3.6)."""

    algorithm: str = "none"

    def sign(self, _signing_input: bytes) -> bytes:
        return b""


@dataclass(frozen=True)
class IdToken:
    """An ID token that is not signed yet (OpenID Connect Core §2), and what may sign it."""

    claims: dict[str, Any]
    signer: Signer
    kid: str
    provider_key: SigningKey
    client_secret: str = field(repr=False)
    earlier_nonce: str  # of the sign-in before at this provider; "" for the first
    published: tuple[Jwk, ...] = ()  # joins the provider's JWKS when the token is issued

    def compact(self) -> str:
        """Return the signed token (RFC 7515 §7.1)."""
        header = {"alg": self.signer.algorithm, "kid": self.kid, "typ": "JWT"}
        parts = (_base64url(json.dumps(part).encode()) for part in (header, self.claims))
        signing_input = ".".join(parts)
        return f"{signing_input}.{_base64url(self.signer.sign(signing_input.encode()))}"


ES256 = SigningKey("ES256", lambda: ec.generate_private_key(ec.SECP256R1()))
RS256 = SigningKey("RS256", lambda: rsa.generate_private_key(65537, 2048))


def at_hash(access_token: str) -> str:
    """Return the left half of the token's SHA-256 (OpenID Connect Core §3.1.3.6)."""
    return _base64url(hashlib.sha256(access_token.encode()).digest()[:16])


def s256(code_verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636 §4.2)."""
    return _base64url(hashlib.sha256(code_verifier.encode()).digest())


def octet_jwk(secret: bytes, kid: str) -> Jwk:
    """Return a secret as a JWK (RFC 7518 §6.4), which no JWKS should ever hold."""
    return {"kty": "oct", "k": _base64url(secret), "kid": kid, "alg": "HS256", "use": "sig"}


def _public_members(private: PrivateKey) -> Jwk:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        jwk = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {name: value for name, value in jwk.items() if name in THUMBPRINT_MEMBERS}


def _thumbprint(jwk: Jwk) -> str:
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode()).digest())


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
