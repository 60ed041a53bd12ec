"""Step 7, where an OpenID Provider signs what it tells (OpenID Connect Core §5.3.2)."""

from typing import Any

from protocol.errors import ErrorCode, IdTokenError, ProfileError
from protocol.id_token import CLOCK_SKEW, KeysFor, verified
from protocol.members import USERINFO, told

MEDIA_TYPE = "application/jwt"


def is_signed(content_type: str) -> bool:
    """Tell whether an answer is a JWT, which its media type has to say."""
    return content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def signed_claims(
    body: bytes, issuer: str, client_id: str, keys_for: KeysFor, now: float
) -> dict[str, Any]:
    """Return the claims of a signed answer, whose `sub` the caller compares (§5.3.4).

    `iss` and `aud` should be there and need not; one that is there has to be right. Raises
    `ProfileError`.
    """
    text = body.decode("ascii", "replace").strip()
    if text.count(".") == 4:
        raise _refusal("is encrypted")
    try:
        _, payload, _ = verified(text, keys_for)
    except IdTokenError as error:
        raise _refusal(f"fails: {error}") from None
    claims = told(USERINFO, payload)
    audiences = claims.get("aud", client_id)
    if claims.get("iss", issuer) != issuer:
        raise _refusal("has another iss")
    if client_id not in (audiences if isinstance(audiences, list) else [audiences]):
        raise _refusal("has another aud")
    if not _is_in_time(claims, now):
        raise _refusal("is not of this time")
    return payload


def _is_in_time(claims: dict[str, Any], now: float) -> bool:
    """Check `exp` and `nbf`, which few answers have (RFC 7519 §4.1.4, §4.1.5)."""
    exp, nbf = claims.get("exp", now), claims.get("nbf", now)
    if not {type(exp), type(nbf)} <= {int, float}:
        return False
    return bool(exp > now - CLOCK_SKEW and nbf <= now + CLOCK_SKEW)


def _refusal(what: str) -> ProfileError:
    return ProfileError(ErrorCode.PROFILE_MALFORMED, f"the signed userinfo {what}")
