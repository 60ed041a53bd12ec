"""Session JWTs as mallory would make them: taken apart, changed and signed again."""

import base64
import json
from typing import Any

import jwt

from protocol.jws import ALGORITHMS
from sessions.signing_keys import keyring

ABSENT = object()  # a member that is to be left out


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def our_key() -> Any:
    """Return the private key that really signs: the tests need it to change one thing alone."""
    return keyring.ensure_signing_key().private


def changed(
    token: str,
    claims: dict[str, Any] | None = None,
    header: dict[str, Any] | None = None,
    key: Any = None,
    algorithm: str = "ES256",
) -> str:
    """Return the token with other claims or another header, and a signature that fits."""
    new_header = _with(jwt.get_unverified_header(token), header or {})
    new_claims = _with(claims_of(token), claims or {})
    return compact(_json(new_header), _json(new_claims), key or our_key(), algorithm)


def compact(header: bytes, payload: bytes, key: Any, algorithm: str = "ES256") -> str:
    signing_input = f"{base64url(header)}.{base64url(payload)}"
    signature = ALGORITHMS[algorithm].sign(signing_input.encode(), key)
    return f"{signing_input}.{base64url(signature)}"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _with(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (members | changes).items() if value is not ABSENT}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
