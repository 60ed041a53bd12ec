"""Who makes this request? Answered from the session JWT alone, and kept in its cookie."""

import logging
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from sessions.access import is_open_to_scripts, refusal_of_script
from sessions.actors import visitor_of
from sessions.credentials import (
    MAX_COOKIES,
    has_header,
    is_presented,
    token_of_browser,
    token_of_script,
)
from sessions.errors import RefreshRefusedError
from sessions.models import Session, User
from sessions.recent_sign_in import remember_when_asked
from sessions.refresh_tokens import issue_refresh_token, refresh, seconds_left, sids_of
from sessions.session_request import SessionRequest, with_session
from sessions.session_tokens import IssuedToken, issue_session_token
from web import cookies

logger = logging.getLogger(__name__)
# What is the same whoever asks, and the endpoint that refreshes by itself.
STATELESS = ("/.well-known/", "/api/openapi.json", "/api/session/refresh")


class CookieMiddleware:
    """Make `request.COOKIES` hold what the browser means by each name; the first value counts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        pairs = cookies.parse(request.META.get("HTTP_COOKIE", ""))
        request.COOKIES = dict(reversed(pairs))
        return self.get_response(request)


class SessionMiddleware(AuthenticationMiddleware):
    """Set `request.session_token` and a lazy `request.user`; hand out and take back the cookies.

    `request.presented_token` says whether any credential came at all, so that a 401 can tell an
    absent one from a bad one (RFC 6750 §3.1). An `Authorization` header is taken at its word: a bad
    one is not made up for by a good cookie. A browser whose JWT has expired is refreshed in the
    same request, so that a form posted after a long pause is not lost.

    A token for a script makes nobody of whoever brings it, until a view is known that lets it in.
    """

    def process_request(self, request: HttpRequest) -> None:
        ours = with_session(request)
        ours.presented_token = is_presented(request)
        ours.signed_in_through = ""
        ours.granted_groups, ours.vouching_account, ours.told_auth_time = [], None, None
        ours.started_session, ours.ended_session, ours.issued_token = None, False, None
        ours.ended_auth_time = None
        ours.session_token = token_of_browser(request)
        if ours.session_token is None and _may_be_refreshed(request):
            refreshed_by_cookie(ours)
        ours.user = _lazy_user(ours)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> None:
        """Let a script in where the view says so; for every other view nobody is signed in."""
        ours = with_session(request)
        if ours.session_token is None and is_open_to_scripts(view_func):
            token = token_of_script(request)
            if token and token.is_for(request.path_info):
                ours.session_token, ours.user = token, _lazy_user(ours)

    def process_response(self, request: SessionRequest, response: HttpResponse) -> HttpResponse:
        if request.started_session is not None:
            _hand_out(response, request.started_session, request.issued_token)
        elif request.ended_session and not has_header(request):  # a header says nothing of cookies
            cookies.delete_cookie(response, cookies.SESSION)
            cookies.delete_cookie(response, cookies.REFRESH)
            if request.ended_auth_time is not None:
                remember_when_asked(response, request.ended_auth_time)
        return response


def _hand_out(response: HttpResponse, session: Session, issued: IssuedToken | None) -> None:
    """Set both cookies of a session: its JWT, and what the next one is had for."""
    issued = issued or issue_session_token(session, session.user)
    lifetime = settings.SESSION_TOKEN_LIFETIME
    cookies.set_cookie(response, cookies.SESSION, issued.text, max_age=lifetime)
    refresh_token, max_age = issue_refresh_token(session), seconds_left(session)
    cookies.set_cookie(response, cookies.REFRESH, refresh_token, max_age=max_age)
    remember_when_asked(response, int(session.auth_time.timestamp()))


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Ask for a signed-in user on every view that is not marked `login_not_required`."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Look at the mark before the user, so that an open view costs no query."""
        if not getattr(view_func, "login_required", True):
            return None
        return refusal_of_script(request) or super().process_view(
            request, view_func, view_args, view_kwargs
        )

    def get_login_url(self, view_func: Callable[..., HttpResponseBase]) -> str:
        """Send to our page, also from the admin, whose own form is for emergencies."""
        return str(settings.LOGIN_URL)


def _may_be_refreshed(request: HttpRequest) -> bool:
    """Tell whether this is a browser's request for something that depends on who asks."""
    return not has_header(request) and not request.path_info.startswith(STATELESS)


def refreshed_by_cookie(request: SessionRequest) -> Session | None:
    """Move the session on that a refresh cookie names; the response will carry its new cookies.

    A failure takes no cookie back: another request of the same page may have set a good one.
    """
    tokens = cookies.values_of(request, cookies.REFRESH)[:MAX_COOKIES]
    if len(sids := sids_of(tokens)) > 1:
        logger.warning("several valid refresh cookies, of which the first counts: sid=%s", sids)
    for token in tokens:
        try:
            session = refresh(token, actor=visitor_of(request), is_cookie=True)
        except RefreshRefusedError as error:
            logger.info("not refreshed: %s", error)
            continue
        request.started_session = session
        request.issued_token = issue_session_token(session, session.user)
        request.session_token = request.issued_token.token
        return session
    return None


def _lazy_user(request: SessionRequest) -> User:
    return cast("User", SimpleLazyObject(lambda: _user(request)))


def _user(request: SessionRequest) -> User | AnonymousUser:
    if request.session_token is None:
        return AnonymousUser()
    user = User.objects.filter(pk=request.session_token.sub, is_active=True).first()
    return user or AnonymousUser()
