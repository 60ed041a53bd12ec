"""What every provider checks before it issues a token (RFC 6749 §4.1.3, RFC 7636 §4.6)."""

import secrets
from collections.abc import Callable

from simulator.credentials import ExpiredError, Grant, SpentError, UnknownError, Use
from simulator.endpoints.messages import TokenRequest
from simulator.keys import s256
from simulator.providers.base import Provider
from simulator.providers.refusals import Reason, TokenRefusedError
from simulator.stage import stage

CHALLENGES: dict[str, Callable[[str], str]] = {"S256": s256, "plain": str}  # RFC 7636 §4.2


def authenticate_client(provider: Provider, message: TokenRequest) -> None:
    """Refuse an unknown client or a wrong secret, in constant time (RFC 6749 §3.2.1)."""
    if message.client_id != provider.client_id:
        raise TokenRefusedError(Reason.CLIENT)
    if not secrets.compare_digest(message.client_secret.encode(), provider.client_secret.encode()):
        raise TokenRefusedError(Reason.SECRET)


def redeem_code(provider: Provider, message: TokenRequest) -> Grant:
    """Return the grant of the code. The code is used up even if the request is refused."""
    try:
        grant = stage.credentials.spend(Use.CODE, message.code, provider.client_id)
    except (UnknownError, SpentError, ExpiredError):
        raise TokenRefusedError(Reason.CODE) from None
    if not _is_same_redirect_uri(provider, message, grant):
        raise TokenRefusedError(Reason.REDIRECT_URI)
    if not _is_verified(message, grant):
        raise TokenRefusedError(Reason.VERIFIER)
    return grant


def redeem_refresh_token(provider: Provider, message: TokenRequest) -> Grant:
    try:
        return stage.credentials.spend(Use.REFRESH, message.refresh_token, provider.client_id)
    except (UnknownError, SpentError, ExpiredError):
        raise TokenRefusedError(Reason.REFRESH_TOKEN) from None


def _is_same_redirect_uri(provider: Provider, message: TokenRequest, grant: Grant) -> bool:
    is_left_out = not message.redirect_uri and not provider.requires_redirect_uri
    return is_left_out or message.redirect_uri == grant.redirect_uri


def _is_verified(message: TokenRequest, grant: Grant) -> bool:
    """Compare verifier and challenge; neither may come without the other (RFC 9700 §2.1.1)."""
    if not grant.code_challenge or not message.code_verifier:
        return grant.code_challenge == message.code_verifier
    challenge = CHALLENGES[grant.code_challenge_method](message.code_verifier)
    return secrets.compare_digest(challenge.encode(), grant.code_challenge.encode())
