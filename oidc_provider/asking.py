"""Whether the person has to sign in before an app gets its answer (OpenID Connect Core §3.1.2.3).

The address to return to after a sign-in bears a mark: since when a sign-in is waited for, and a MAC
over that, the request and a secret of the browser. So nothing can be taken out of the request on
the way, and the mark is of no use for another one, or in a browser to which somebody sends it.
"""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.crypto import salted_hmac

from oidc_provider import pushed
from oidc_provider.models import App
from oidc_provider.tokens import read_id_token_hint
from protocol.authorization_server.authorization_request import (
    KNOWN,
    AuthorizationRequest,
    Prompt,
)
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.metadata import PATHS
from protocol.authorization_server.parameters import SEVERAL, Parameters
from protocol.jws import base64url
from sessions.models import Session
from web.redirects import MAX_LENGTH

MARK = "since"
PATH = PATHS["authorization_endpoint"]
PURPOSE = "oidc_provider.since"
LIFETIME = 3600  # seconds that somebody may take to sign in
CHOICE_LIFETIME = 600  # seconds that somebody may take for a click


@dataclass(frozen=True)
class SignInMark:
    """Since when a sign-in is waited for, as a NumericDate; 0 for no mark."""

    since: int = 0
    sid: str = ""  # of the session whose person has chosen to go on with it

    def is_met_by(self, session: Session) -> bool:
        """Tell whether the person has signed in for this request."""
        return 0 < self.since <= int(session.auth_time.timestamp())


def needs_mark(request: AuthorizationRequest) -> bool:
    """Tell whether it matters what the person does for this request."""
    asks = not request.prompt.isdisjoint((Prompt.LOGIN, Prompt.SELECT_ACCOUNT))
    return asks or request.max_age is not None


def must_sign_in(
    request: AuthorizationRequest, session: Session | None, client_id: str, mark: SignInMark
) -> bool:
    """Tell whether the person has to sign in, perhaps as somebody else or once more."""
    sub = _hinted(request, client_id)
    if session is None or (sub and sub != str(session.user_id)):
        return True
    if mark.is_met_by(session):
        return False
    age = time.time() - session.auth_time.timestamp()
    return Prompt.LOGIN in request.prompt or (request.max_age is not None and age > request.max_age)


def must_choose(request: AuthorizationRequest, session: Session, mark: SignInMark) -> bool:
    """Tell whether the person has to say with which account to go on."""
    has_chosen = mark.is_met_by(session) or mark.sid == str(session.pk)
    return Prompt.SELECT_ACCOUNT in request.prompt and not has_chosen


def marked_address(parameters: Parameters, app: App, browser: str, sid: str = "") -> str:
    """Return the address of this request with a mark of now; without one if `browser` is "".

    With `sid`, the mark says that the person goes on with that session.
    """
    since = f"{int(time.time())}{'.' if sid else ''}{sid}"
    mark = f"{since}~{_mac(since, parameters, browser, settings.SECRET_KEY)}"
    marked = {MARK: mark} if browser else {}
    address = f"{PATH}?{urlencode({**_plain(parameters), **marked}, doseq=True)}"
    if len(address) <= MAX_LENGTH:
        return address
    short = {"client_id": app.client_id, "request_uri": pushed.push(app, _plain(parameters))}
    return f"{PATH}?{urlencode({**short, **marked})}"


def mark_of(raw: str, parameters: Parameters, browsers: Sequence[str]) -> SignInMark:
    """Return what a mark says; nothing, if it is too old, or of another request or browser."""
    if not raw:
        return SignInMark()
    since, _, mac = raw.partition("~")
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    made = (_mac(since, parameters, browser, key) for browser in browsers for key in keys)
    if not any(secrets.compare_digest(each.encode(), mac.encode()) for each in made):
        return SignInMark()
    at, _, sid = since.partition(".")
    is_young = time.time() - int(at) <= (CHOICE_LIFETIME if sid else LIFETIME)
    return (SignInMark(0, sid) if sid else SignInMark(int(at))) if is_young else SignInMark()


def _hinted(request: AuthorizationRequest, client_id: str) -> str:
    """Return the `sub` that an ID token of this app names, "" without a hint (§3.1.2.1)."""
    if not request.id_token_hint:
        return ""
    claims: dict[str, Any] | None = read_id_token_hint(request.id_token_hint)
    if claims is None or claims.get("aud") != client_id:
        raise RefusedRequestError(Refusal.HINT)
    return str(claims.get("sub"))


def _plain(parameters: Parameters) -> dict[str, list[str]]:
    return {name: [*values] for name, values in parameters.items() if name != MARK}


def _mac(since: str, parameters: Parameters, browser: str, secret: str) -> str:
    known = {name: [*parameters.get(name, ())] for name in (*KNOWN, *SEVERAL)}
    request = f"{browser} {urlencode(known, doseq=True)}".encode()
    signed = f"{since} {hashlib.sha256(request).hexdigest()}"
    return base64url.encode(salted_hmac(PURPOSE, signed, secret, algorithm="sha256").digest())
