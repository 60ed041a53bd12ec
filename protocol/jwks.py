"""A provider's signing keys (RFC 7517), and which of them may verify an ID token."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.exceptions import InvalidKeyError

from protocol.absent_values import KEY, told
from protocol.jws import ALGORITHMS
from protocol.limits import EARLIER_KEYS

RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
CURVES = {"P-256": ("ES256",), "P-384": ("ES384",), "P-521": ("ES512",), "Ed25519": ("EdDSA",)}
MIN_RSA_BITS = 2048  # RFC 7518 §3.3
MAX_RSA_BITS = 16_384  # OpenSSL verifies with none that is longer
# Keys of a broken generator (CVE-2017-15361) are powers of 65537 modulo each small prime, and can
# be factored. Of other keys, one in two hundred million looks like that.
PRIMES = [n for n in range(3, 168) if all(n % divisor for divisor in range(2, n))]
POWERS = {prime: {pow(65537, exponent, prime) for exponent in range(prime)} for prime in PRIMES}
FOR_ENCRYPTION = "it is for encryption"
PUBLIC_KEY_ALGORITHMS = (*RSA_ALGORITHMS, *(name for names in CURVES.values() for name in names))


@dataclass(frozen=True)
class ProviderKey:
    """A public key, and the algorithms that its type is for. Never symmetric, never `none`.

    A key set may serve several issuers. Then the key may sign only tokens of `issuer`; "" means any
    issuer. `material` is the key itself, so that a key that is listed twice counts once.
    """

    kid: str | None
    algorithms: tuple[str, ...]
    key: Any = field(repr=False, compare=False)
    material: bytes = field(repr=False)
    issuer: str = ""


class UnusableKeyError(ValueError):
    """An entry that verifies nothing, and why."""


def usable_keys(jwk_set: Mapping[str, Any]) -> list[ProviderKey]:
    """Return the keys that can verify a signature; others, and broken ones, are left out (§5)."""
    found: dict[ProviderKey, None] = {}
    for entry in entries(jwk_set):
        with suppress(UnusableKeyError):
            found[provider_key(entry)] = None
    return list(found)


def entries(jwk_set: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the keys that are listed, usable or not, as `absent_values.told` reads each."""
    listed = jwk_set.get("keys")
    found = listed if isinstance(listed, list) else []
    return [told(KEY, entry) for entry in found if isinstance(entry, dict)]


@dataclass(frozen=True)
class KeySet:
    """What an issuer has published, in this process.

    `earlier` has the keys that are missing from the newest set, each with the time until which it
    stays valid. We keep them because a provider may have several machines, and one may be out of
    date for a moment. A key is dropped if another key now has its `kid`.
    """

    listed: tuple[ProviderKey, ...] = ()
    seen_at: float = 0.0
    earlier: tuple[tuple[ProviderKey, float], ...] = ()

    def followed_by(self, jwk_set: Mapping[str, Any], now: float, lifetime: float) -> "KeySet":
        """Return what is known after a newer set has come; both times are in seconds."""
        taken = {entry.get("kid") for entry in entries(jwk_set)}
        known = [*self.earlier, *((key, self.seen_at + lifetime) for key in self.listed)]
        kept = [(key, until) for key, until in known if until > now and key.kid not in taken]
        return KeySet(tuple(usable_keys(jwk_set)), now, tuple(kept[-EARLIER_KEYS:]))

    def fitting(self, header: Mapping[str, Any], now: float) -> list[ProviderKey]:
        """Return the keys that a header can mean now. Try each (OpenID Connect Core §10.1).

        The type of the key has to fit the algorithm. A `kid` names one key: if two keys have it,
        neither is used. If no key has it, the header may mean a key without `kid`.
        """
        kid, algorithm = header.get("kid"), header.get("alg")
        keys = (*self.listed, *(key for key, until in self.earlier if until > now))
        # The same key may be listed twice, with other algorithms.
        different = {
            (key.kid, key.material, key.issuer): key for key in keys if algorithm in key.algorithms
        }
        named = [key for key in different.values() if kid in (None, key.kid)]
        nameless = [key for key in different.values() if key.kid is None]
        return (named or nameless) if kid is None or len(named) <= 1 else []


def provider_key(jwk: dict[str, Any]) -> ProviderKey:
    """Return the key that an entry of `entries` holds, or raise `UnusableKeyError`."""
    if problem := _problem_of_use(jwk):
        raise UnusableKeyError(problem)
    of_type = RSA_ALGORITHMS if jwk.get("kty") == "RSA" else CURVES.get(str(jwk.get("crv")), ())
    algorithms = tuple(name for name in of_type if jwk.get("alg", name) == name)
    if not algorithms:
        raise UnusableKeyError("its type or alg is none that is accepted here")
    try:
        key: Any = ALGORITHMS[algorithms[0]].from_jwk(jwk)
    except (InvalidKeyError, ValueError, TypeError, KeyError):
        raise UnusableKeyError("it cannot be read") from None
    if jwk["kty"] == "RSA" and is_weak(key):
        raise UnusableKeyError("it is too short or too long, or can be factored")
    material = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return ProviderKey(jwk.get("kid"), algorithms, key, material, jwk.get("issuer", ""))


def is_weak(key: Any) -> bool:
    """Tell whether an RSA public key is too short or too long, or can be factored."""
    modulus: int = key.public_numbers().n
    is_factored = all(modulus % prime in POWERS[prime] for prime in PRIMES)
    return is_factored or not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS


def _problem_of_use(jwk: dict[str, Any]) -> str:
    """Say why a key must not verify signatures: its `use` or `key_ops` (RFC 7517 §4.2, §4.3).

    A secret or private key that is published proves nothing. Returns "" if the key may verify.
    """
    if jwk.get("kty") == "oct":
        return "it is a shared secret, which everybody can read there"
    if "d" in jwk:
        return "it is a private key, which everybody can read there"
    if jwk.get("use", "sig") != "sig":
        return FOR_ENCRYPTION if jwk["use"] == "enc" else "its use is neither sig nor enc"
    operations = jwk.get("key_ops", ["verify"])
    may_verify = isinstance(operations, list) and "verify" in operations
    return "" if may_verify else "its key_ops do not have verify"
