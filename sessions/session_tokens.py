"""The session JWT: an access token for the team's services (RFC 9068), verified without a call.

The claims are a contract with other programs; docs/session-jwt.md describes them to their authors.
"""

import json
import secrets
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError

from protocol.jws import ALGORITHMS, InvalidSignatureError, base64url, read
from protocol.jws.strict_json import MalformedError
from sessions import confirmations
from sessions.errors import SessionTokenError
from sessions.models import Session, User
from sessions.revocation import is_revoked
from sessions.signing_keys.keyring import LoadedKey, ensure_signing_key, verification_key

TYPE = "at+jwt"  # RFC 9068 §2.1
SCOPE = "openid profile email"  # of a browser; a script's is chosen by its owner
CLAIMS_OF_SCOPE = {
    "profile": ("name", "picture"),
    "email": ("email", "email_verified"),
    "groups": ("groups",),
}
NAME_BYTES = 120
PICTURE_BYTES = 256
CLOCK_SKEW = 60  # seconds between our own machines, as `signing_keys.life` allows for them
REQUIRED: dict[str, type] = {
    "iss": str,
    "sub": str,
    "client_id": str,
    "sid": str,
    "jti": str,
    "iat": int,
    "exp": int,
    "auth_time": int,
    "gen": int,
}


@dataclass(frozen=True)
class SessionToken:
    """A session JWT that has been validated, or has just been signed."""

    text: str = field(repr=False)
    sub: str
    sid: str
    exp: int  # NumericDate
    kid: str
    algorithm: str
    claims: dict[str, Any]
    is_checked: bool = True  # against what has been revoked; False while the database is gone

    @classmethod
    def of(
        cls, text: str, key: LoadedKey, claims: dict[str, Any], *, is_checked: bool = True
    ) -> "SessionToken":
        sub, sid, exp = claims["sub"], claims["sid"], claims["exp"]
        return cls(text, sub, sid, exp, key.kid, key.algorithm, claims, is_checked)

    @property
    def is_of_browser(self) -> bool:
        """Tell whether it was issued to a browser, and not to a script."""
        return not is_of_script(self.claims)

    def is_for(self, path: str) -> bool:
        """Tell whether its audience is this site or that address of it."""
        accepted = (settings.BASE_URL, settings.BASE_URL + path)
        return any(name in accepted for name in _audiences(self.claims))

    @property
    def header(self) -> dict[str, str]:
        return {"alg": self.algorithm, "kid": self.kid, "typ": TYPE}


def issue_session_token(session: Session, user: User, now: float | None = None) -> SessionToken:
    """Issue the JWT of a session (RFC 7519 §4.1, RFC 9068 §2), valid no longer than the session.

    `now` is a NumericDate, the present by default.
    """
    now = time.time() if now is None else now
    key = ensure_signing_key(now)
    claims = session_claims(session, user, int(now))
    return SessionToken.of(_signed(key, claims), key, claims)


def session_claims(session: Session, user: User, issued_at: int) -> dict[str, Any]:
    """Return what the JWT of this session says when it is issued at that NumericDate.

    A script's says what RFC 9068 §2.2 requires and what its owner has chosen, and no more.
    """
    claims = {
        "iss": settings.BASE_URL,
        "aud": settings.SESSION_AUDIENCE,
        "sub": str(user.pk),
        "client_id": settings.BASE_URL if session.is_of_browser else str(session.pk),
        "sid": str(session.pk),
        "jti": secrets.token_urlsafe(16),
        "gen": session.generation,
        "iat": issued_at,
        "exp": min(
            issued_at + settings.SESSION_TOKEN_LIFETIME, int(session.expires_at.timestamp())
        ),
        "auth_time": int(session.auth_time.timestamp()),
        "scope": SCOPE,
        **({"groups": session.groups} if session.groups else {}),
        **({"idp": session.provider} if session.provider else {}),
        **_profile_claims(user),
    }
    return claims if session.is_of_browser else _of_script(claims, session)


def _of_script(claims: dict[str, Any], session: Session) -> dict[str, Any]:
    """Return the required claims, and those that the owner of the script chose.

    The owner also chose the audience. A name that is no longer in SESSION_AUDIENCE is left out.
    """
    words = session.scope.split()
    chosen = {name for word in words for name in CLAIMS_OF_SCOPE.get(word, ())}
    kept = {name: value for name, value in claims.items() if name in REQUIRED or name in chosen}
    others = [name for name in settings.SESSION_AUDIENCE if name in session.audience]
    return kept | {"aud": [address_of_api(), *others], "scope": session.scope}


def address_of_api() -> str:
    """Return the audience of every script's JWT: where it reads its claims and signs out."""
    return f"{settings.BASE_URL}/api/session"


def _signed(key: LoadedKey, claims: dict[str, Any]) -> str:
    """Return the claims as a compact JWS (RFC 7515 §7.1)."""
    payload = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    header = json.dumps({"alg": key.algorithm, "kid": key.kid, "typ": TYPE}, separators=(",", ":"))
    signing_input = f"{base64url.encode(header.encode())}.{base64url.encode(payload)}"
    signature = ALGORITHMS[key.algorithm].sign(signing_input.encode(), key.private)
    return f"{signing_input}.{base64url.encode(signature)}"


def validate_session_token(token: str, now: float | None = None) -> SessionToken:
    """Validate a session JWT (RFC 9068 §4), without a query unless its `kid` is new here.

    Checked: type, signature by one of our keys, issuer, audience (this site), times, all required
    claims, revocation. Every other input, of any shape, raises `SessionTokenError`. Not checked:
    whether it is a script's. `sessions.credentials` accepts a script's token in few places.
    """
    key, claims = _verified(token)
    if verification_key(key.kid) is not key:  # revoked since, or the keys were forgotten
        _verified.cache_clear()
        key, claims = _verified(token)
    at = time.time() if now is None else now
    _check_claims(claims, at)
    is_checked = _check_revocation(claims["sid"], at)
    return SessionToken.of(token, key, claims, is_checked=is_checked)


@lru_cache(maxsize=4096)  # tokens whose signature is good, about 3 KB each; no other gets in
def _verified(token: str) -> tuple[LoadedKey, dict[str, Any]]:
    """Return our key that signed the token, and its claims, which are not checked here.

    A token is the same text for its whole life, so its signature is verified once in a process.
    """
    try:
        signed = read(token)
        key = verification_key(signed.header.get("kid"))
        if key is None or str(signed.header.get("typ")).lower() != TYPE:
            raise SessionTokenError("unknown kid or typ")
        claims = signed.payload(key.public, (key.algorithm,))
    except (MalformedError, InvalidSignatureError) as error:
        raise SessionTokenError(str(error)) from None
    confirmations.note(claims.get("sid"), claims.get("gen"))
    return key, claims


def _check_revocation(sid: str, now: float) -> bool:
    """Refuse the JWT of a session that has ended. Return False if the database does not answer."""
    try:
        revoked = is_revoked(sid, now)
    except DatabaseError:
        return False
    if revoked:
        raise SessionTokenError("the session has been revoked")
    return True


def _check_claims(claims: dict[str, Any], now: float) -> None:
    for name, kind in REQUIRED.items():
        if type(claims.get(name)) is not kind:
            message = f"{name} is missing or of another type"
            raise SessionTokenError(message)
    if claims["iss"] != settings.BASE_URL:
        raise SessionTokenError("iss is not this site")
    if not is_for_us(claims):
        raise SessionTokenError("aud does not name this site")
    nbf = claims.get("nbf", 0)
    has_begun = type(nbf) in (int, float) and nbf <= now and claims["iat"] <= now + CLOCK_SKEW
    if claims["exp"] <= now or not has_begun:
        raise SessionTokenError("expired, or not valid yet")


def is_for_us(claims: dict[str, Any]) -> bool:
    """Tell whether this site is an audience. For a script, the address of its API is enough."""
    audiences = _audiences(claims)
    is_for_api = address_of_api() in audiences and is_of_script(claims)
    return settings.BASE_URL in audiences or is_for_api


def is_of_script(claims: dict[str, Any]) -> bool:
    """Tell whether these claims are a script's, and not a browser's."""
    return bool(claims.get("client_id") != settings.BASE_URL)


def _audiences(claims: dict[str, Any]) -> list[object]:
    aud = claims.get("aud")
    return aud if isinstance(aud, list) else [aud]


def _profile_claims(user: User) -> dict[str, Any]:
    """Return the claims about the person that are known, short, and listed in SESSION_CLAIMS."""
    email = user.verified_email or user.email
    picture = user.picture if len(user.picture.encode()) <= PICTURE_BYTES else ""
    known = {
        "name": user.name.encode()[:NAME_BYTES].decode(errors="ignore"),
        "picture": picture,
        "email": email,
        "email_verified": bool(user.verified_email) if email else None,
    }
    wanted = settings.SESSION_CLAIMS
    return {
        name: value for name, value in known.items() if name in wanted and value not in ("", None)
    }
