"""The cookies that a browser gets when its session starts or is refreshed, and loses at its end."""

import logging

from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import rotate_token

from audit.actor import Target
from audit.events import Action
from audit.recording import note
from sessions.actors import acting, visitor_of
from sessions.credentials import has_header
from sessions.recent_sign_in import remember_when_asked
from sessions.refresh_tokens import seconds_left
from sessions.session_request import SessionRequest
from sessions.session_tokens import SessionToken
from sessions.starting import IssuedSession
from web import cookies

logger = logging.getLogger(__name__)


def sign_in_browser(request: SessionRequest, response: HttpResponse, issued: IssuedSession) -> None:
    """Give a session that has just started to the browser, and record that somebody signed in.

    What was kept for the browser before the sign-in, its scratch session, is not carried over.
    """
    request.session.flush()
    _renew_csrf_token(request, issued.session_token)
    set_session_cookies(response, issued)
    session = issued.session
    action = Action.SIGNED_IN if session.provider else Action.ADMIN_SIGNED_IN
    actor = acting(visitor_of(request), session.user)
    note(action, actor, Target.of(session), provider=session.provider)
    user, sid, provider = session.user_id, session.pk, session.provider
    logger.info("signed in: user=%s sid=%s provider=%s", user, sid, provider)


def _renew_csrf_token(request: SessionRequest, token: SessionToken) -> None:
    """Change the CSRF token, so that one from before the sign-in is of no use.

    A person who was signed in here already keeps theirs: a form in another tab still sends it.
    """
    before = request.session_token
    if before is not None and before.sub == token.sub and request.META.get("CSRF_COOKIE"):
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    else:
        rotate_token(request)


def set_session_cookies(response: HttpResponse, issued: IssuedSession) -> None:
    """Set both cookies of a session: its JWT, and the refresh token that gets the next one."""
    lifetime = settings.SESSION_TOKEN_LIFETIME
    cookies.set_cookie(response, cookies.SESSION, issued.session_token.text, max_age=lifetime)
    max_age = seconds_left(issued.session)
    cookies.set_cookie(response, cookies.REFRESH, issued.refresh_token, max_age=max_age)
    remember_when_asked(response, issued.session_token.claims["auth_time"])


def delete_session_cookies(request: SessionRequest, response: HttpResponse) -> None:
    """Delete the cookies of a session that has ended.

    If there is an `Authorization` header, the cookies stay: they may be another session's.
    """
    if has_header(request):
        return
    cookies.delete_cookie(response, cookies.SESSION)
    cookies.delete_cookie(response, cookies.REFRESH)
    if request.session_token is not None:
        remember_when_asked(response, request.session_token.claims["auth_time"])
