"""Sign claims: the one form of all our tokens, a compact JWS (RFC 7515 §7.1)."""

import json
from functools import lru_cache
from typing import Any

from protocol.jws import ALGORITHMS, base64url
from sessions.signing_keys.keyring import LoadedKey

COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def sign(claims: dict[str, Any], *, typ: str, key: LoadedKey) -> str:
    """Return the signed token, with `alg`, `kid` and `typ` in its header.

    Not checked: whether the key is for such tokens, and signs now. `ensure_signing_key` returns
    the one that does.
    """
    payload = base64url.encode(COMPACT.encode(claims).encode())
    signing_input = f"{_encoded_header(typ, key)}.{payload}"
    signature = ALGORITHMS[key.algorithm].sign(signing_input.encode(), key.private)
    return f"{signing_input}.{base64url.encode(signature)}"


def header_of(typ: str, key: LoadedKey) -> dict[str, str]:
    """Return the header of such a token of this key (RFC 7515 §4.1)."""
    return {"alg": key.algorithm, "kid": key.kid, "typ": typ}


@lru_cache(maxsize=16)  # of each key and type
def _encoded_header(typ: str, key: LoadedKey) -> str:
    return base64url.encode(COMPACT.encode(header_of(typ, key)).encode())
