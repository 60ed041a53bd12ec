"""Set and delete the cookies of a session, and say how much room they leave for groups."""

import logging
import math
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils import timezone

from audit.models import Action, Actor, Target
from audit.recording import note
from protocol.jws import base64url
from sessions.access import has_header
from sessions.lifetime import revoke
from sessions.models import Session, User
from sessions.recent_sign_in import LAST_ASKED_KEPT
from sessions.session_request import SessionRequest, acting, visitor_of
from sessions.session_tokens import (
    NAME_BYTES,
    PICTURE_BYTES,
    TYPE,
    SessionToken,
    session_claims,
)
from sessions.signing_keys.signing import COMPACT
from sessions.starting import IssuedSession
from web import cookies

logger = logging.getLogger(__name__)
ACCESS_COOKIE_BYTES = 3430  # name, equals sign and value; browsers drop cookies over 4096
SIGNATURE_BYTES = 384  # of RS256 with 3072 bits, the longest that we make: the next key may be one
SIGNED_OUT = "signed-out"  # key in the scratch session
LATEST = datetime(2286, 1, 1, tzinfo=UTC)  # until then, a NumericDate has ten digits


def sign_in_browser(request: SessionRequest, response: HttpResponse, issued: IssuedSession) -> None:
    """Give the browser the session that has just started, and record that somebody signed in.

    What was kept for the browser before the sign-in, its scratch session, is not carried over. Only
    a person who was signed in here already keeps their CSRF token: a form in another tab sends it.
    """
    request.session.flush()
    before = request.session_token
    if before and before.sub == issued.session_token.sub and request.META.get("CSRF_COOKIE"):
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    else:  # so that a CSRF token from before the sign-in is of no use
        rotate_token(request)
    set_session_cookies(response, issued)
    session = issued.session
    if session.provider:
        cookies.set_cookie(response, cookies.LAST_USED, session.provider, max_age=LAST_ASKED_KEPT)
    action = Action.SIGNED_IN if session.provider else Action.ADMIN_SIGNED_IN
    actor = acting(visitor_of(request), session.user)
    note(action, actor, Target.of(session), provider=session.provider)
    user, sid, provider = session.user_id, session.pk, session.provider
    logger.info("signed in: user=%s sid=%s provider=%s", user, sid, provider)


def set_session_cookies(response: HttpResponse, issued: IssuedSession) -> None:
    """Set the cookies: JWT, refresh token, and when somebody last proved who they are here."""
    token, session = issued.session_token, issued.session
    idle_at = session.refreshed_at + timedelta(seconds=settings.SESSION_IDLE_LIFETIME)
    left = min(idle_at, session.expires_at) - timezone.now()
    max_age = max(0, math.ceil(left.total_seconds()))
    lifetime = settings.SESSION_TOKEN_LIFETIME
    cookies.set_cookie(response, cookies.SESSION, token.text, max_age=lifetime)
    cookies.set_cookie(response, cookies.REFRESH, issued.refresh_token, max_age=max_age)
    auth_time = str(token.claims["auth_time"])
    cookies.set_cookie(response, cookies.LAST_ASKED, auth_time, max_age=LAST_ASKED_KEPT)


def delete_session_cookies(request: SessionRequest, response: HttpResponse) -> None:
    """Delete the cookies of a session that has ended."""
    if has_header(request):  # then they may be another session's
        return
    cookies.delete_cookie(response, cookies.SESSION)
    cookies.delete_cookie(response, cookies.REFRESH)
    cookies.delete_cookie(response, cookies.PROVEN)
    if settings.STRAIGHT_THROUGH:
        request.session[SIGNED_OUT] = True
    if request.session_token is not None:
        auth_time = str(request.session_token.claims["auth_time"])
        cookies.set_cookie(response, cookies.LAST_ASKED, auth_time, max_age=LAST_ASKED_KEPT)


def is_just_signed_out(request: HttpRequest) -> bool:
    """Tell whether somebody signed out here in the last ten minutes. Known if it matters."""
    return SIGNED_OUT in request.session


def end_session(token: SessionToken, actor: Actor) -> None:
    """Sign out: revoke the session of a JWT that was presented."""
    revoke(token.sid, Session.End.SIGNED_OUT)
    note(Action.SIGNED_OUT, actor, Target("session", token.sid))
    logger.info("signed out: user=%s sid=%s", token.sub, token.sid)


# How many bytes groups may take in the cookie of the JWT


def bytes_of(groups: Collection[str]) -> int:
    """Return how many bytes these groups add to the payload of a JWT without groups."""
    return _json_bytes({"groups": sorted(groups)}) - len("{}") + len(",") if groups else 0


def bytes_left_for_groups() -> int:
    """Return how many bytes are left for groups if all other claims are as long as possible."""
    header = {"alg": "RS256", "kid": "k" * 43, "typ": TYPE}  # an RFC 7638 thumbprint
    parts = (bytes(size) for size in (_json_bytes(header), SIGNATURE_BYTES))
    taken = len(cookies.cookie_name(cookies.SESSION)) + len("=..")
    taken += sum(len(base64url.encode(part)) for part in parts)
    payload = (ACCESS_COOKIE_BYTES - taken) * 3 // 4
    return payload - _json_bytes(session_claims(longest_session(), longest_user(), 2**33))


def longest_user() -> User:
    """Return the person with the longest claims: quotes take two bytes each in JSON."""
    user = User(name='"' * NAME_BYTES, picture='"' * PICTURE_BYTES)
    user.proven_addresses = ("e" * 254,)
    return user


def longest_session() -> Session:
    """Return the session of a browser with the longest claims, without groups."""
    return Session(provider="p" * 50, generation=2**31 - 1, auth_time=LATEST, expires_at=LATEST)


def _json_bytes(value: object) -> int:
    return len(COMPACT.encode(value).encode())
