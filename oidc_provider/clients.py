"""Which app sends this request, and how does it prove that (RFC 6749 §2.3)?"""

import hashlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from oidc_provider.models import CLIENT_ID, App, Authentication
from protocol.authorization_server.client_credentials import (
    ClientCredentials,
    client_credentials,
)
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.metadata import PATHS
from protocol.errors import IdTokenError
from protocol.id_token import verified
from protocol.jwks import KeySet, usable_keys
from protocol.jws import read
from protocol.jws.strict_json import MalformedError
from web.written_sql import find_all

FORM = "application/x-www-form-urlencoded"
ASSERTION_LIFETIME = 600  # seconds that an assertion may be valid for at most
CLOCK_SKEW = 60  # seconds
AUDIENCES = ("token_endpoint", "pushed_authorization_request_endpoint")  # RFC 9126 §2
BEGAN = time.time()  # of this process
# Each request of an app runs this; composing it with Django takes 0.7 ms, running it 0.1 (2026-12).
FIND = "SELECT * FROM oidc_provider_app WHERE slug = %s"


def new_secret() -> str:
    """Return a client secret: 256 random bits, in characters that no client has to encode."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return what is stored of a secret: its SHA-256, in hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


# In a try-out by an admin: the app with credentials that are good in one call of our own
_stand_in: ContextVar[App | None] = ContextVar("stand_in", default=None)


@contextmanager
def standing_in(app: App) -> Iterator[None]:
    """Let a copy of an app stand in for it in the calls that this thread makes inside.

    No request from outside is one of them.
    """
    token = _stand_in.set(app)
    try:
        yield
    finally:
        _stand_in.reset(token)


def is_trial() -> bool:
    """Tell whether the call that goes on is one of a try-out."""
    return _stand_in.get() is not None


def app_of(client_id: str) -> App:
    """Return the app. Raises `RefusedRequestError`: it is unknown, or switched off."""
    return _if_enabled(_known(client_id))


def _known(client_id: str) -> App:
    stand_in = _stand_in.get()
    if stand_in and stand_in.client_id == client_id:
        return stand_in
    rows = find_all(App, FIND, [client_id]) if CLIENT_ID.fullmatch(client_id) else []
    if not rows:
        raise RefusedRequestError(Refusal.CLIENT_UNKNOWN, client_id=client_id[:100])
    return rows[0][0]


def _if_enabled(app: App) -> App:
    if not app.enabled:
        raise RefusedRequestError(Refusal.APP_DISABLED, client_id=app.client_id)
    return app


def authenticated_app(request: HttpRequest) -> App:
    """Return the app that sends this form, after it has proven who it is.

    A public app only says its `client_id`. Raises `RefusedRequestError`.
    """
    if request.method != "POST" or request.content_type != FORM:
        raise RefusedRequestError(Refusal.BODY)
    parameters = dict(request.POST.lists())
    header = request.META.get("HTTP_AUTHORIZATION", "")
    credentials = client_credentials(parameters, header, _issuer_of(parameters))
    app = _known(credentials.client_id)
    _authenticate(app, credentials)
    return _if_enabled(app)


def _authenticate(app: App, credentials: ClientCredentials) -> None:
    match app.authentication:
        case Authentication.NONE:
            if credentials.secret or credentials.assertion:
                raise RefusedRequestError(Refusal.SECRET_WRONG, client_id=app.client_id)
        case Authentication.PRIVATE_KEY:
            _check_assertion(app, credentials.assertion)
        case _:
            _check_secret(app, credentials.secret)


def _check_secret(app: App, secret: str) -> None:
    """Compare digests in constant time. Two secrets are good while an admin changes them."""
    if not secret:
        raise RefusedRequestError(Refusal.SECRET_MISSING, client_id=app.client_id)
    digest = digest_of(secret)
    if not any(
        stored and secrets.compare_digest(stored, digest)
        for stored in (app.secret_digest, app.next_secret_digest)
    ):
        raise RefusedRequestError(Refusal.SECRET_WRONG, client_id=app.client_id)


def _issuer_of(parameters: dict[str, list[str]]) -> str:
    """Return whom an assertion says that it is from; nothing of it is verified here."""
    for assertion in parameters.get("client_assertion", ())[:1]:
        with suppress(MalformedError):
            return str(read(assertion).unverified_payload().get("iss", ""))
    return ""


def _check_assertion(app: App, assertion: str) -> None:
    """Verify an assertion (RFC 7523 §3): signature, `iss`, `sub`, `aud`, times, and once only."""
    if not assertion:
        raise RefusedRequestError(Refusal.SECRET_MISSING, client_id=app.client_id)
    keys, now = KeySet(tuple(usable_keys(app.jwks))), time.time()
    try:
        _, claims, _ = verified(assertion, lambda header: keys.fitting(header, now))
    except IdTokenError:
        claims = {}
    is_new = _is_for_us(claims, app.client_id, now) and _is_of_this_process(claims)
    if not (is_new and _is_first(app, claims)):
        raise RefusedRequestError(Refusal.ASSERTION_INVALID, client_id=app.client_id)


def _is_for_us(claims: dict[str, Any], client_id: str, now: float) -> bool:
    aud: Any = claims.get("aud")
    named = {name for name in (aud if isinstance(aud, list) else [aud]) if isinstance(name, str)}
    ours = {settings.BASE_URL, *(settings.BASE_URL + PATHS[name] for name in AUDIENCES)}
    is_by_app = claims.get("iss") == client_id == claims.get("sub")
    return is_by_app and _is_in_time(claims, now) and not named.isdisjoint(ours)


def _is_in_time(claims: dict[str, Any], now: float) -> bool:
    """Compare `exp` and, where they are there, `nbf` and `iat` (RFC 7523 §3, items 4 to 6)."""
    exp: Any = claims.get("exp")
    nbf, iat = claims.get("nbf", now), claims.get("iat", now)
    if not {type(exp), type(nbf), type(iat)} <= {int, float}:
        return False
    is_begun = max(nbf, iat) <= now + CLOCK_SKEW
    return bool(is_begun and now < exp <= now + ASSERTION_LIFETIME + CLOCK_SKEW)


def _is_of_this_process(claims: dict[str, Any]) -> bool:
    """Tell whether no earlier process can have accepted it (OpenID Connect Core §9: once only).

    Without Redis, nothing else knows what that one has accepted.
    """
    if settings.CACHE_URL != "locmem://":
        return True
    iat: Any = claims.get("iat")
    is_made_since = type(iat) in (int, float) and iat >= BEGAN
    return is_made_since or bool(claims["exp"] > BEGAN + ASSERTION_LIFETIME + CLOCK_SKEW)


def _is_first(app: App, claims: dict[str, Any]) -> bool:
    """Tell whether its `jti` has not been used (RFC 7523 §3, item 7)."""
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti or not jti.isprintable():
        return False
    key = f"assertion:{digest_of(f'{app.pk} {jti}')}"
    return bool(cache.add(key, 1, ASSERTION_LIFETIME + CLOCK_SKEW))
