"""A provider's signing keys (RFC 7517), and which of them may verify an ID token."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jwt.exceptions import InvalidKeyError

from jws import ALGORITHMS, rsa

RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
CURVES = {"P-256": ("ES256",), "P-384": ("ES384",), "P-521": ("ES512",), "Ed25519": ("EdDSA",)}
PUBLIC_KEY_ALGORITHMS = (*RSA_ALGORITHMS, *(name for names in CURVES.values() for name in names))


@dataclass(frozen=True)
class ProviderKey:
    """A public key, and the algorithms that its type is for. Never symmetric, never `none`.

    `issuer` is whose tokens alone it may sign, where a set serves several; "" where it says none.
    """

    kid: str | None
    algorithms: tuple[str, ...]
    key: Any = field(repr=False)
    issuer: str = ""


def usable_keys(jwk_set: Mapping[str, Any]) -> list[ProviderKey]:
    """Return the keys that can verify a signature; others, and broken ones, are left out (§5)."""
    entries = jwk_set.get("keys")
    listed = entries if isinstance(entries, list) else []
    keys = [_parse(entry) for entry in listed if isinstance(entry, dict)]
    return [key for key in keys if key is not None]


def find_key(keys: list[ProviderKey], header: Mapping[str, Any]) -> ProviderKey | None:
    """Return the one key that the header can mean, or None (OpenID Connect Core §10.1).

    The algorithm has to be one that the key's type is for. Where two keys fit, neither is taken.
    """
    kid, algorithm = header.get("kid"), header.get("alg")
    fitting = [key for key in keys if algorithm in key.algorithms]
    named = [key for key in fitting if key.kid == kid] if kid is not None else fitting
    return named[0] if len(named) == 1 else None


def _parse(jwk: dict[str, Any]) -> ProviderKey | None:
    algorithms = _algorithms(jwk)
    if not algorithms or not _is_for_verifying(jwk):
        return None
    try:
        key: Any = ALGORITHMS[algorithms[0]].from_jwk(jwk)
    except (InvalidKeyError, ValueError, TypeError, KeyError):
        return None  # one broken entry does not spoil the set
    if jwk["kty"] == "RSA" and rsa.is_weak(key):
        return None
    kid, issuer = jwk.get("kid"), str(jwk.get("issuer", ""))
    return ProviderKey(kid if isinstance(kid, str) else None, algorithms, key, issuer)


def _algorithms(jwk: dict[str, Any]) -> tuple[str, ...]:
    """Return what the key's type can verify, narrowed to its own `alg` where it names one."""
    of_type = RSA_ALGORITHMS if jwk.get("kty") == "RSA" else CURVES.get(str(jwk.get("crv")), ())
    return tuple(name for name in of_type if jwk.get("alg", name) == name)


def _is_for_verifying(jwk: dict[str, Any]) -> bool:
    """Honour `use` and `key_ops` (RFC 7517 §4.2, §4.3). A published private key proves nothing."""
    operations = jwk.get("key_ops", ["verify"])
    may_verify = isinstance(operations, list) and "verify" in operations
    return may_verify and jwk.get("use", "sig") == "sig" and "d" not in jwk
