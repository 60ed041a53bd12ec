"""What each algorithm needs: a new key, its public JWK, its name, and its text in the database."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from protocol.jws import ALGORITHMS, base64url
from sessions.signing_keys.models import SigningKey

Purpose = SigningKey.Purpose
SYMMETRIC = "HS256"
OF_ID_TOKENS = "RS256"  # the one that every client knows (OpenID Connect Core §15.1)
NEW_KEY: dict[str, Callable[[], Any]] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    # NIST SP 800-57 part 1, table 2: 128 bits of security, as P-256 has
    "RS256": lambda: rsa.generate_private_key(65537, 3072),
    SYMMETRIC: lambda: secrets.token_bytes(32),  # RFC 7518 §3.2: at least as long as the hash
}
# The members from which the thumbprint of a key is computed (RFC 7638 §3.2, RFC 8037 §2).
REQUIRED_MEMBERS = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
    "oct": ("k", "kty"),
}


def algorithm_of(purpose: str) -> str:
    """Return the algorithm of new keys for this purpose."""
    return settings.SIGNING_ALGORITHM if purpose == Purpose.SESSION else OF_ID_TOKENS


def generate(algorithm: str | None = None, purpose: Purpose = Purpose.SESSION) -> SigningKey:
    """Make a key, of the purpose's algorithm by default: not saved, in the state that signs.

    RSA takes half a second, and up to two on a slow machine.
    """
    name = algorithm or algorithm_of(purpose)
    return row_of(name, NEW_KEY[name](), purpose)


def row_of(algorithm: str, private: Any, purpose: Purpose = Purpose.SESSION) -> SigningKey:
    """Return the row of a private key, not saved, in the state that signs."""
    is_symmetric = algorithm == SYMMETRIC
    key = private if is_symmetric else private.public_key()
    jwk: Any = ALGORITHMS[algorithm].to_jwk(key, as_dict=True)
    row = SigningKey(
        kid=thumbprint(jwk), purpose=purpose, algorithm=algorithm, state=SigningKey.State.SIGNING
    )
    if is_symmetric:
        row.public_jwk, row.private_key = {}, base64url.encode(private)
    else:
        row.public_jwk = _required(jwk) | {"kid": row.kid, "use": "sig", "alg": algorithm}
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        row.private_key = pem.decode()
    return row


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the JWK thumbprint (RFC 7638 §3), which is the `kid`.

    Section 7 warns that weak secrets can be guessed from it. A symmetric key has 256 random bits.
    Anybody who could guess them from the thumbprint could also guess them from any token.
    """
    canonical = json.dumps(_required(jwk), sort_keys=True, separators=(",", ":")).encode()
    return base64url.encode(hashlib.sha256(canonical).digest())


def _required(jwk: Mapping[str, str]) -> dict[str, str]:
    return {name: jwk[name] for name in REQUIRED_MEMBERS[jwk["kty"]]}


def from_text(algorithm: str, text: str) -> Any:
    """Return a private key from its unsealed text.

    The seal proves that we wrote the text. So the primes of RSA are not checked again, which would
    take up to half a second in each process.
    """
    if algorithm == SYMMETRIC:
        return base64url.decode(text)
    return load_pem_private_key(text.encode(), None, unsafe_skip_rsa_key_validation=True)
