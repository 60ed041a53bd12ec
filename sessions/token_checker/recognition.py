"""What a text is that somebody takes for a token of ours, and whom it names."""

from typing import Any

from django.conf import settings

from sessions.refresh_tokens import SHAPE as REFRESH_TOKEN_SHAPE
from sessions.session_tokens import is_of_script
from sessions.token_checker.checks import is_at_jwt
from web.shown import visible

OF_ID_TOKENS = ("nonce", "at_hash", "c_hash")  # OpenID Connect Core §2, §3.3.2.11


def what_else(token: str, error: str) -> tuple[str, str]:
    """Return what a text is that is no JWT, and what to do about it."""
    if not token:
        return "Nothing", "There is no token to check."
    if REFRESH_TOKEN_SHAPE.fullmatch(token):
        return "A refresh token of Signet's", (
            "Whoever has it can stay signed in. It goes to POST /api/session/refresh and nowhere "
            "else; if others may have seen it, sign out."
        )
    if any(character.isspace() for character in token):
        return "A text with white space in it", "A token is one line without spaces."
    if token.count(".") == 4:
        return "An encrypted JWT", "It has five parts (RFC 7516). Ours have three and are signed."
    if "." not in token:
        return "A token that only its issuer can read", (
            "It has no parts, so it is no JWT: perhaps the access token of a provider."
        )
    return "No JWT", f"It cannot be read: {error}."


def what(header: dict[str, Any], claims: dict[str, Any]) -> str:
    is_ours = claims.get("iss") == settings.BASE_URL
    issuer = "this site" if is_ours else visible(claims.get("iss", "an issuer without a name"))
    if is_at_jwt(header.get("typ")):
        kind = "script's" if is_of_script(claims) else "session"
        return f"A {kind} JWT of this site" if is_ours else f"An access token of {issuer}"
    if any(name in claims for name in OF_ID_TOKENS):
        return f"An ID token of {issuer}, which tells one app who signed in"
    return f"A JWT of {issuer}, of another kind than a session JWT"


def whose(claims: dict[str, Any]) -> str:
    """Return whom it names, as it names them."""
    known = [visible(claims[name]) for name in ("name", "email", "sub") if claims.get(name)]
    return ", ".join(known[:2])
