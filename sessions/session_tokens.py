"""The session JWT: an access token for the team's services (RFC 9068), verified without a call.

The claims are a contract with other programs; docs/session-jwt.md describes them to their authors.
"""

import secrets
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError

from protocol.jws import InvalidSignatureError, read
from protocol.jws.strict_json import MalformedError
from sessions import confirmations
from sessions.errors import SessionTokenError
from sessions.groups import groups_of
from sessions.models import Session, User
from sessions.revocation import is_known_to_go_on, is_revoked
from sessions.signing_keys.keyring import (
    LoadedKey,
    Purpose,
    ensure_signing_key,
    is_loaded,
    verification_key,
)
from sessions.signing_keys.signing import header_of, sign

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
TEXTS, NUMBERS = ("iss", "sub", "client_id", "sid", "jti"), ("iat", "exp", "auth_time", "gen")
REQUIRED: dict[str, type] = dict.fromkeys(TEXTS, str) | dict.fromkeys(NUMBERS, int)
API = "/api/session"  # an audience of every script's JWT: where it reads its claims and signs out


@dataclass(frozen=True)
class SessionToken:
    """A session JWT that has been validated, or has just been signed."""

    text: str = field(repr=False)
    header: dict[str, Any]
    claims: dict[str, Any]
    is_checked: bool = True  # against what has been revoked; False while the database is gone

    @property
    def sub(self) -> str:
        return str(self.claims["sub"])

    @property
    def sid(self) -> str:
        return str(self.claims["sid"])

    @property
    def is_of_browser(self) -> bool:
        """Tell whether it was issued to a browser, and not to a script."""
        return not is_of_script(self.claims)


def issue_session_token(session: Session, user: User, now: float | None = None) -> SessionToken:
    """Issue the JWT of a session (RFC 7519 §4.1, RFC 9068 §2), valid no longer than the session.

    `now` is a NumericDate, the present by default.
    """
    now = time.time() if now is None else now
    key = ensure_signing_key(now)
    claims = session_claims(session, user, int(now))
    return SessionToken(sign(claims, typ=TYPE, key=key), header_of(TYPE, key), claims)


def session_claims(session: Session, user: User, issued_at: int) -> dict[str, Any]:
    """Return what the JWT of this session says when it is issued at that NumericDate.

    A script's says what RFC 9068 §2.2 requires and what its owner has chosen, and no more.
    """
    is_of_browser = session.holder == Session.Holder.BROWSER
    claims = {
        "iss": settings.BASE_URL,
        "aud": settings.SESSION_AUDIENCE,
        "sub": str(user.pk),
        "client_id": settings.BASE_URL if is_of_browser else str(session.pk),
        "sid": str(session.pk),
        "jti": secrets.token_urlsafe(16),
        "gen": session.generation,
        "iat": issued_at,
        "exp": min(
            issued_at + settings.SESSION_TOKEN_LIFETIME, int(session.expires_at.timestamp())
        ),
        "auth_time": int(session.auth_time.timestamp()),
        "scope": SCOPE,
        **({"groups": groups} if (groups := groups_of(session, user)) else {}),
        **({"idp": session.provider} if session.provider else {}),
        **_profile_claims(user),
    }
    return claims if is_of_browser else _of_script(claims, session)


def _of_script(claims: dict[str, Any], session: Session) -> dict[str, Any]:
    """Return the required claims, and what the owner of the script chose and is still allowed."""
    chosen = {name for word in session.scope.split() for name in CLAIMS_OF_SCOPE.get(word, ())}
    kept = {name: value for name, value in claims.items() if name in REQUIRED or name in chosen}
    others = [name for name in settings.SESSION_AUDIENCE if name in session.audience]
    return kept | {"aud": [settings.BASE_URL + API, *others], "scope": session.scope}


def validate_session_token(token: str, now: float | None = None) -> SessionToken:
    """Validate a session JWT (RFC 9068 §4), without a query unless its `kid` is new here.

    Checked: type, signature by one of our keys for session JWTs, issuer, audience (this site),
    times, all required claims, revocation. Every other input, of any shape, raises
    `SessionTokenError`. Not checked: whether it is a script's. `sessions.access` accepts a
    script's token in few places.
    """
    key, header, claims = _verified(token)
    if verification_key(key.kid) is not key:  # revoked since, or the keys were forgotten
        _verified.cache_clear()
        key, header, claims = _verified(token)
    at = time.time() if now is None else now
    _check_claims(claims, at)
    try:
        if is_revoked(claims["sid"], at):
            raise SessionTokenError("the session has been revoked")
    except DatabaseError:
        return SessionToken(token, header, claims, is_checked=False)
    return SessionToken(token, header, claims)


def is_still_valid(validated: SessionToken, now: float) -> bool:
    """Tell whether a token that was valid still is, from memory alone. False: validate it anew."""
    is_known = is_loaded(validated.header["kid"]) and is_known_to_go_on(validated.sid, now)
    return is_known and now < int(validated.claims["exp"])


@lru_cache(maxsize=4096)  # tokens whose signature is good, about 3 KB each; no other gets in
def _verified(token: str) -> tuple[LoadedKey, dict[str, Any], dict[str, Any]]:
    """Return the key that signed the token, its header, and its claims, not checked yet."""
    try:
        signed = read(token)
        key = verification_key(signed.header.get("kid"))
        if key is None or key.purpose is not Purpose.SESSION:
            raise SessionTokenError("no key of session JWTs has this kid")
        if not is_access_token(signed.header.get("typ")):
            raise SessionTokenError("unknown typ")
        claims = signed.payload(key.public, (key.algorithm,))
    except (MalformedError, InvalidSignatureError) as error:
        raise SessionTokenError(str(error)) from None
    confirmations.note(claims.get("sid"), claims.get("gen"))
    return key, signed.header, claims


def _check_claims(claims: dict[str, Any], now: float) -> None:
    if wrong := wrong_claims(claims):
        message = f"{', '.join(wrong)}: missing, or of another type"
        raise SessionTokenError(message)
    if claims["iss"] != settings.BASE_URL:
        raise SessionTokenError("iss is not this site")
    if not is_for_us(claims):
        raise SessionTokenError("aud does not name this site")
    nbf = claims.get("nbf", 0)
    has_begun = type(nbf) in (int, float) and nbf <= now and claims["iat"] <= now + CLOCK_SKEW
    if claims["exp"] <= now or not has_begun:
        raise SessionTokenError("expired, or not valid yet")


def is_access_token(typ: object) -> bool:
    return str(typ).lower() == TYPE


def wrong_claims(claims: dict[str, Any]) -> list[str]:
    """Return the names of the required claims that are missing, or of another type."""
    return [name for name, kind in REQUIRED.items() if type(claims.get(name)) is not kind]


def is_for_us(claims: dict[str, Any], path: str = API) -> bool:
    """Tell whether this site is an audience. For a script, the address of that path is enough."""
    audiences = audiences_of(claims)
    is_for_path = settings.BASE_URL + path in audiences and is_of_script(claims)
    return settings.BASE_URL in audiences or is_for_path


def is_of_script(claims: dict[str, Any]) -> bool:
    """Tell whether these claims are a script's, and not a browser's."""
    return bool(claims.get("client_id") != settings.BASE_URL)


def audiences_of(claims: dict[str, Any]) -> list[object]:
    aud = claims.get("aud")
    return aud if isinstance(aud, list) else [aud]


def _profile_claims(user: User) -> dict[str, Any]:
    """Return the claims about the person that are known, short, and listed in SESSION_CLAIMS."""
    proven = user.proven_addresses
    email = proven[0] if proven else user.email
    known = {
        "name": user.name.encode()[:NAME_BYTES].decode(errors="ignore"),
        "picture": user.picture if len(user.picture.encode()) <= PICTURE_BYTES else "",
        "email": email,
        "email_verified": bool(proven) if email else None,
    }
    wanted = settings.SESSION_CLAIMS
    return {name: known[name] for name in known if name in wanted and known[name] not in ("", None)}
