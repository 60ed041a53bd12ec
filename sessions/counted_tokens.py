"""Tokens that are `id.generation.mac`: the row has only a counter, and no token is stored.

The MAC is derived from SECRET_KEY, for one purpose alone. So whoever has lost the next token can be
given the same one again.
"""

import re
import secrets
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

from protocol.jws import base64url

SHAPE = re.compile(r"([0-9a-f-]{36})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")


class ForeignTokenError(Exception):
    """A token is none of ours, or has another purpose."""


def issue(purpose: str, key: UUID, generation: int) -> str:
    """Return the token of one generation of a row; the same one every time."""
    signed = f"{key}.{generation}"
    return f"{signed}.{_mac(purpose, signed, settings.SECRET_KEY)}"


def read(purpose: str, token: str) -> tuple[UUID, int]:
    """Check the MAC; return key and generation. Whether they are still good is not checked.

    Raises `ForeignTokenError`.
    """
    if match := SHAPE.fullmatch(token):
        key, generation, mac = match.groups()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            if secrets.compare_digest(_mac(purpose, f"{key}.{generation}", secret), mac):
                return UUID(key), int(generation)
    raise ForeignTokenError


def _mac(purpose: str, signed: str, secret: str) -> str:
    return base64url.encode(salted_hmac(purpose, signed, secret, algorithm="sha256").digest())
