"""Who makes this request? Answered from the session JWT alone, and kept in its cookie."""

import math
import time
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from accounts import cookies
from accounts.errors import SessionTokenError
from accounts.models import User
from accounts.session_request import SessionRequest, with_session
from accounts.session_tokens import SessionToken, issue_session_token, validate_session_token


class CookieMiddleware:
    """Make `request.COOKIES` hold what the browser means by each name; the first value counts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        pairs = cookies.parse(request.META.get("HTTP_COOKIE", ""))
        request.COOKIES = dict(reversed(pairs))
        return self.get_response(request)


class SessionMiddleware(AuthenticationMiddleware):
    """Set `request.session_token` and a lazy `request.user`; hand out and take back the cookie.

    `request.presented_token` says whether any credential came at all, so that a 401 can tell an
    absent one from a bad one (RFC 6750 §3.1). An `Authorization` header is taken at its word: a bad
    one is not made up for by a good cookie.
    """

    def process_request(self, request: HttpRequest) -> None:
        tokens = presented_tokens(request)
        ours = with_session(request)
        ours.presented_token = bool(tokens)
        ours.session_token = first_valid(tokens)
        ours.signed_in_through = ""
        ours.started_session, ours.ended_session = None, False
        ours.user = cast("User", SimpleLazyObject(lambda: _user(ours)))

    def process_response(self, request: SessionRequest, response: HttpResponse) -> HttpResponse:
        started = request.started_session
        if started is not None:
            token = issue_session_token(started, started.user)
            max_age = math.ceil(started.expires_at.timestamp() - time.time())
            cookies.set_cookie(response, cookies.SESSION, token, max_age=max_age)
        elif request.ended_session:
            cookies.delete_cookie(response, cookies.SESSION)
        return response


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
        return super().process_view(request, view_func, view_args, view_kwargs)

    def get_login_url(self, view_func: Callable[..., HttpResponseBase]) -> str:
        """Send to our page, also from the admin, whose own form is for emergencies."""
        return str(settings.LOGIN_URL)


def presented_tokens(request: HttpRequest) -> list[str]:
    """Return the credentials of a request: the Bearer token (RFC 6750 §2.1), else the cookies."""
    authorization = request.headers.get("Authorization")
    if authorization is None:
        return cookies.values_of(request, cookies.SESSION)
    scheme, _, token = authorization.partition(" ")
    return [token.strip(" ") if scheme.lower() == "bearer" else ""]


def first_valid(tokens: list[str]) -> SessionToken | None:
    for token in tokens[:4]:  # a browser sends one; more are somebody else's planting
        try:
            return validate_session_token(token)
        except SessionTokenError:
            continue
    return None


def _user(request: SessionRequest) -> User | AnonymousUser:
    if request.session_token is None:
        return AnonymousUser()
    user = User.objects.filter(pk=request.session_token.sub, is_active=True).first()
    return user or AnonymousUser()
