"""A grant's code and refresh tokens: `id.generation.mac`, where generation 0 is the code.

They are derived from the grant's row and SECRET_KEY, so none of them is stored.
"""

import re
import secrets
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

from oidc_provider.models import Grant
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.jws import base64url

SHAPE = re.compile(r"([0-9a-f-]{36})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")
CODE, REFRESH_TOKEN = "oidc_provider.code", "oidc_provider.refresh_token"  # what a MAC is for


def issue_code(grant: Grant) -> str:
    """Return the code of a new grant (RFC 6749 §4.1.2)."""
    return _token(CODE, grant.pk, 0)


def read_code(code: str) -> UUID:
    """Return the key of its grant; whether it is still good is not checked."""
    return _read(CODE, code, Refusal.CODE_UNKNOWN)[0]


def issue_refresh_token(grant: Grant) -> str:
    """Return the refresh token of the present generation (RFC 6749 §6)."""
    return _token(REFRESH_TOKEN, grant.pk, grant.generation)


def read_refresh_token(token: str) -> tuple[UUID, int]:
    """Return the grant's key and the generation; whether they are still good is not checked."""
    return _read(REFRESH_TOKEN, token, Refusal.REFRESH_TOKEN_UNKNOWN)


def _token(purpose: str, key: UUID, generation: int) -> str:
    signed = f"{key}.{generation}"
    return f"{signed}.{_mac(purpose, signed, settings.SECRET_KEY)}"


def _read(purpose: str, token: str, refusal: Refusal) -> tuple[UUID, int]:
    """Check the MAC of a code or refresh token; return its key and generation."""
    if match := SHAPE.fullmatch(token):
        key, generation, mac = match.groups()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            if secrets.compare_digest(_mac(purpose, f"{key}.{generation}", secret), mac):
                return UUID(key), int(generation)
    raise RefusedRequestError(refusal)


def _mac(purpose: str, signed: str, secret: str) -> str:
    return base64url.encode(salted_hmac(purpose, signed, secret, algorithm="sha256").digest())
