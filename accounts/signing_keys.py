"""The keys that sign session JWTs: made here, parsed once per process, published as a JWKS."""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.db import IntegrityError, transaction
from jwt.algorithms import ECAlgorithm

from accounts.models import SigningKey
from jws import base64url

RELOAD_INTERVAL = 5  # seconds between two looks into the database for a `kid` that is not known


@dataclass(frozen=True)
class LoadedKey:
    """A signing key, ready for use."""

    kid: str
    algorithm: str
    private: Any = field(repr=False)
    public: Any = field(repr=False)
    jwk: dict[str, str]


@dataclass(frozen=True)
class KeySet:
    """All keys whose tokens are accepted, as one process knows them."""

    by_kid: dict[str, LoadedKey]
    signing: LoadedKey | None
    loaded_at: float  # seconds, time.monotonic()

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the JWK Set (RFC 7517 §5): public members only."""
        return {"keys": [key.jwk for key in self.by_kid.values()]}


def ensure_signing_key() -> LoadedKey:
    """Return the key that signs, making the first one if there is none.

    Two processes that start at once make one: the table allows a single row that signs.
    """
    if signing := loaded().signing or _reload(not_after=time.monotonic()).signing:
        return signing
    key = generate()
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError:
        pass  # the other process was first; its key is as good
    return ensure_signing_key()


def has_signing_key() -> bool:
    """Tell whether the database holds a key that signs."""
    return SigningKey.objects.filter(state=SigningKey.State.SIGNING).exists()


def verification_key(kid: object, clock: Callable[[], float] = time.monotonic) -> LoadedKey | None:
    """Return the key of that `kid`; an unknown one looks again, at most every few seconds."""
    if not isinstance(kid, str):
        return None
    keys = loaded()
    if kid not in keys.by_kid:
        keys = _reload(not_after=clock() - RELOAD_INTERVAL)
    return keys.by_kid.get(kid)


def generate() -> SigningKey:
    """Make an ES256 key (RFC 7518 §3.4), not saved, in the state that signs."""
    private = ec.generate_private_key(ec.SECP256R1())
    jwk: dict[str, str] = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    kid = thumbprint(jwk)
    key = SigningKey(
        kid=kid,
        algorithm=settings.SIGNING_ALGORITHM,
        public_jwk=jwk | {"kid": kid, "use": "sig", "alg": settings.SIGNING_ALGORITHM},
        state=SigningKey.State.SIGNING,
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key.private_key = pem.decode()
    return key


def thumbprint(jwk: dict[str, str]) -> str:
    """Return the JWK thumbprint of an EC key (RFC 7638 §3.2)."""
    required = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    canonical = json.dumps(required, sort_keys=True, separators=(",", ":")).encode()
    return base64url.encode(hashlib.sha256(canonical).digest())


# What this process has loaded. Reading is one attribute; only loading takes the lock.
_lock = threading.Lock()
_loaded: list[KeySet] = []


def loaded() -> KeySet:
    """Return the keys of this process, from the database on first use."""
    return _loaded[0] if _loaded else _reload(not_after=time.monotonic())


def forget() -> None:
    """Load anew at the next use."""
    _loaded.clear()


def _reload(not_after: float) -> KeySet:
    """Load the keys again, unless another thread has done so after `not_after`."""
    with _lock:
        if not _loaded or _loaded[0].loaded_at <= not_after:
            _loaded[:] = [_load()]
        return _loaded[0]


def _load() -> KeySet:
    now = time.monotonic()
    rows = SigningKey.objects.exclude(state=SigningKey.State.REVOKED).order_by("created_at")
    known = _loaded[0].by_kid if _loaded else {}  # a kid names one key for good: parse it once
    keys = {row.kid: (row, known.get(row.kid) or _parse(row)) for row in rows}
    signing = [key for row, key in keys.values() if row.state == SigningKey.State.SIGNING]
    by_kid = {kid: key for kid, (_, key) in keys.items()}
    return KeySet(by_kid, signing[0] if signing else None, now)


def _parse(row: SigningKey) -> LoadedKey:
    private = load_pem_private_key(row.private_key.encode(), password=None)
    return LoadedKey(row.kid, row.algorithm, private, private.public_key(), row.public_jwk)
