"""Who makes this request? Answered from the session JWT alone, and kept in its cookie."""

import math
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts import cookies
from accounts.errors import SessionTokenError
from accounts.models import User
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
        request.presented_token = bool(tokens)  # type: ignore[attr-defined]
        request.session_token = first_valid(tokens)  # type: ignore[attr-defined]
        request.user = SimpleLazyObject(lambda: _user(request))  # type: ignore[assignment]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        started = getattr(request, "started_session", None)
        if started is not None:
            token = issue_session_token(started, started.user)
            max_age = math.ceil(started.expires_at.timestamp() - time.time())
            cookies.set_cookie(response, cookies.SESSION, token, max_age=max_age)
        elif hasattr(request, "started_session"):
            cookies.delete_cookie(response, cookies.SESSION)
        return response


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Ask for a signed-in user on every view that is not marked `login_not_required`."""

    def get_login_url(self, view_func: Callable[..., HttpResponse]) -> str:
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


def _user(request: HttpRequest) -> User | AnonymousUser:
    token: SessionToken | None = request.session_token  # type: ignore[attr-defined]
    if token is None:
        return AnonymousUser()
    user = User.objects.filter(pk=token.sub, is_active=True).first()
    return user or AnonymousUser()
