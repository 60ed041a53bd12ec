"""A grant's code and refresh tokens. Both count its generations: 0 is the code."""

from uuid import UUID

from oidc_provider.models import Grant
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from sessions import counted_tokens

CODE, REFRESH_TOKEN = "oidc_provider.code", "oidc_provider.refresh_token"  # what a MAC is for


def issue_code(grant: Grant) -> str:
    """Return the code of a new grant (RFC 6749 §4.1.2)."""
    return counted_tokens.issue(CODE, grant.pk, 0)


def read_code(code: str) -> UUID:
    """Return the key of its grant; whether it is still good is not checked."""
    return _read(CODE, code, Refusal.CODE_UNKNOWN)[0]


def issue_refresh_token(grant: Grant) -> str:
    """Return the refresh token of the present generation (RFC 6749 §6)."""
    return counted_tokens.issue(REFRESH_TOKEN, grant.pk, grant.generation)


def read_refresh_token(token: str) -> tuple[UUID, int]:
    """Return the grant's key and the generation; whether they are still good is not checked."""
    return _read(REFRESH_TOKEN, token, Refusal.REFRESH_TOKEN_UNKNOWN)


def _read(purpose: str, token: str, refusal: Refusal) -> tuple[UUID, int]:
    try:
        return counted_tokens.read(purpose, token)
    except counted_tokens.ForeignTokenError:
        raise RefusedRequestError(refusal) from None
