"""The tokens of an app: the ID token (OpenID Connect Core §2) and the access token (RFC 9068)."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from uuid import UUID

from django.conf import settings

from oidc_provider.claims import claims_about
from oidc_provider.grant_tokens import issue_refresh_token
from oidc_provider.held_grant import Held
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.metadata import PATHS
from protocol.authorization_server.token_request import CodeExchange, Refresh, at_hash
from protocol.jws import InvalidSignatureError, read
from protocol.jws.strict_json import MalformedError
from sessions.session_tokens import TYPE, audiences_of, is_access_token
from sessions.signing_keys.keyring import LoadedKey, ensure_signing_key, verification_key
from sessions.signing_keys.models import SigningKey
from sessions.signing_keys.signing import sign

ID_TOKEN_TYPE = "JWT"  # noqa: S105
GRANT = "grant"  # the claim of an access token that names its grant
Purpose = SigningKey.Purpose


@dataclass(frozen=True)
class Wanted:
    """Which part of a grant the tokens of one response are for."""

    scopes: tuple[str, ...]
    resources: tuple[str, ...]
    nonce: str = field(default="", repr=False)  # of the authorization request

    @classmethod
    def of(cls, held: Held, request: CodeExchange | Refresh) -> Self:
        """Narrow a grant to what was asked for (RFC 6749 §6, RFC 8707 §2.2)."""
        resources = request.resources or held.resources
        if isinstance(request, CodeExchange):
            return cls(held.scopes, resources, held.grant.nonce)
        scopes = tuple(scope for scope in held.scopes if scope in request.scope)
        return cls(scopes or held.scopes, resources)


def ensure_keys() -> None:
    """Load the keys before a code or token is used up. Raises `SigningKeyUnreadableError`."""
    for purpose in Purpose:
        ensure_signing_key(purpose=purpose)


def token_response(held: Held, wanted: Wanted) -> dict[str, Any]:
    """Return the token endpoint's answer (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).

    Raises `SigningKeyUnreadableError`.
    """
    now = int(time.time())
    access_token = _issue_access_token(held, wanted, now)
    response = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": _expiry(held, now) - now,
        "scope": " ".join(wanted.scopes),
    }
    if held.has_refresh_tokens:
        response["refresh_token"] = issue_refresh_token(held.grant)
    if "openid" in wanted.scopes:
        response["id_token"] = _issue_id_token(held, wanted, access_token, now)
    return response


def _issue_access_token(held: Held, wanted: Wanted, now: int) -> str:
    """Sign with the session's key, which is quick; with the other one if that key is a secret."""
    key: LoadedKey = ensure_signing_key(now)
    if not key.jwk:  # symmetric: no API could verify it
        key = ensure_signing_key(now, Purpose.ID_TOKEN)
    return sign(access_token_claims(held, wanted, now), typ=TYPE, key=key)


def _issue_id_token(held: Held, wanted: Wanted, access_token: str, now: int) -> str:
    claims = id_token_claims(held, wanted.scopes, now) | {"at_hash": at_hash(access_token)}
    if wanted.nonce:
        claims["nonce"] = wanted.nonce
    return sign(claims, typ=ID_TOKEN_TYPE, key=ensure_signing_key(now, Purpose.ID_TOKEN))


def id_token_claims(held: Held, scopes: tuple[str, ...], now: int) -> dict[str, Any]:
    """Return what the ID token says, without what ties it to a request."""
    about = claims_about(held.person, held.session, scopes)
    return {
        "iss": settings.BASE_URL,
        "sub": str(held.person.pk),
        "aud": held.app.client_id,
        "iat": now,
        "exp": _expiry(held, now),
        "auth_time": int(held.grant.auth_time.timestamp()),
        "sid": str(held.session.pk),
        **(about if held.app.claims_in_id_token else {}),
    }


def access_token_claims(held: Held, wanted: Wanted, now: int) -> dict[str, Any]:
    """Return what the access token says (RFC 9068 §2.2). This site itself is no audience of it."""
    return {
        "iss": settings.BASE_URL,
        "sub": str(held.person.pk),
        "aud": [*wanted.resources, userinfo_address()],
        "client_id": held.app.client_id,
        "iat": now,
        "exp": _expiry(held, now),
        "auth_time": int(held.grant.auth_time.timestamp()),
        "jti": secrets.token_urlsafe(16),
        "sid": str(held.session.pk),
        "scope": " ".join(wanted.scopes),
        GRANT: str(held.grant.pk),
    }


def _expiry(held: Held, now: int) -> int:
    """Return when tokens expire: no later than the session that they come from."""
    return min(now + settings.SESSION_TOKEN_LIFETIME, int(held.session.expires_at.timestamp()))


def userinfo_address() -> str:
    """Return the address of userinfo, an audience of every access token of an app."""
    return str(settings.BASE_URL + PATHS["userinfo_endpoint"])


@dataclass(frozen=True)
class AppToken:
    """An access token of an app whose signature, issuer and times are good."""

    claims: dict[str, Any]

    @property
    def grant(self) -> UUID:
        return UUID(self.claims[GRANT])

    @property
    def scopes(self) -> list[str]:
        return str(self.claims["scope"]).split()

    def within(self, held: Held) -> Self:
        """Leave out what its app may not ask for any more."""
        audiences = (*held.resources, userinfo_address())
        aud = [name for name in audiences_of(self.claims) if name in audiences]
        scope = " ".join(scope for scope in self.scopes if scope in held.scopes)
        return replace(self, claims=self.claims | {"aud": aud, "scope": scope})

    def is_for(self, audience: str) -> bool:
        """Tell whether `aud` names this audience, alone or in a list (RFC 7519 §4.1.3)."""
        return audience in audiences_of(self.claims)


def read_access_token(token: str) -> AppToken:
    """Verify an app's access token (RFC 9068 §4). Whether its grant is alive is not checked here.

    A session JWT is none: it names no grant. Raises `RefusedRequestError`.
    """
    claims = _verified(token)
    is_ours = claims.get("iss") == settings.BASE_URL and isinstance(claims.get(GRANT), str)
    if not is_ours or "gen" in claims:
        raise RefusedRequestError(Refusal.TOKEN_INVALID)
    if type(claims.get("exp")) is not int or time.time() >= claims["exp"]:
        raise RefusedRequestError(Refusal.TOKEN_INVALID, **whose(claims))
    return AppToken(claims)


def whose(claims: Mapping[str, Any]) -> dict[str, str]:
    """Return the app and the person of a token of ours, for the admin who reads of its refusal."""
    return {"client_id": str(claims["client_id"]), "sub": str(claims["sub"])}


def _verified(token: str) -> dict[str, Any]:
    try:
        signed = read(token)
        key = verification_key(signed.header.get("kid"))
        if key is None or not is_access_token(signed.header.get("typ")):
            raise RefusedRequestError(Refusal.TOKEN_INVALID)
        return signed.payload(key.public, (key.algorithm,))
    except (MalformedError, InvalidSignatureError):
        raise RefusedRequestError(Refusal.TOKEN_INVALID) from None


def read_id_token_hint(token: str) -> dict[str, Any] | None:
    """Return the claims of an ID token of ours, also of an expired one; None for anything else."""
    try:
        signed = read(token)
        key = verification_key(signed.header.get("kid"))
        if key is None or key.purpose != Purpose.ID_TOKEN:
            return None
        claims = signed.payload(key.public, (key.algorithm,))
    except (MalformedError, InvalidSignatureError):
        return None
    is_id_token = signed.header.get("typ") == ID_TOKEN_TYPE and GRANT not in claims
    return claims if is_id_token and claims.get("iss") == settings.BASE_URL else None
