"""Set and delete the cookies of a session."""

import logging
import math
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils import timezone

from audit.models import Action, Actor, Target
from audit.recording import note
from sessions.access import has_header
from sessions.lifetime import revoke
from sessions.models import Session
from sessions.recent_sign_in import LAST_ASKED_KEPT
from sessions.session_request import SessionRequest, acting, visitor_of
from sessions.session_tokens import SessionToken
from sessions.starting import IssuedSession
from web import cookies

logger = logging.getLogger(__name__)
SIGNED_OUT = "signed-out"  # key in the scratch session


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
