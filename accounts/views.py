"""The pages of somebody who is signed in, and of somebody who has just signed out."""

from datetime import UTC, datetime
from typing import cast

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.session_tokens import SessionToken

MEANINGS = {
    "iss": "who issued it: this site",
    "aud": "whom it is for",
    "sub": "you, by the id that never changes",
    "client_id": "what was signed in: this site, in this browser",
    "sid": "this session",
    "jti": "this very token",
    "gen": "how often the session has been refreshed",
    "iat": "issued at",
    "exp": "expires at",
    "auth_time": "when you signed in",
    "idp": "the provider that vouched for you",
    "scope": "what the token is good for",
    "groups": "groups you belong to here",
    "name": "your name",
    "picture": "where your picture is",
    "email": "your email address",
    "email_verified": "whether the provider has proven the address",
}
TIMES = ("iat", "exp", "auth_time")


@login_not_required
@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Send to where one belongs; decided without a query."""
    signed_in = request.session_token is not None  # type: ignore[attr-defined]
    return redirect("account" if signed_in else "sign_in")


@require_safe
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """Greet, and show what the session JWT says to every service that reads it."""
    token: SessionToken = request.session_token  # type: ignore[attr-defined]
    user = cast(User, request.user)  # SignInRequiredMiddleware has seen to it
    context = {
        "user": user,
        "is_admin": user.is_staff,
        "picture_url": reverse("picture") if user.picture else "",
        "provider_name": _provider_name(request, token.claims.get("idp", "")),
        "email": token.claims.get("email", ""),
        "email_verified": token.claims.get("email_verified", False),
        "claims": [(name, _shown(name, value), MEANINGS[name]) for name, value in token.claims.items()],
        "expires_at": datetime.fromtimestamp(token.exp, UTC),
        "algorithm": token.algorithm,
        "key_id": token.kid,
    }
    return render(request, "account.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session on POST; on GET, say that it has ended."""
    if request.method == "POST":
        logout(request)
        return redirect("sign_out")
    if request.session_token is not None:  # type: ignore[attr-defined]
        return redirect("account")
    return render(request, "signed_out.html")


def _provider_name(request: HttpRequest, slug: str) -> str:
    """Return what the admin calls a provider; its slug once it has been removed."""
    try:
        return str(get_adapter().get_app(request, slug).name) if slug else ""
    except SocialApp.DoesNotExist:
        return slug


def _shown(name: str, value: object) -> str:
    """Return a claim's value as a person would read it."""
    if name in TIMES and isinstance(value, int):
        return f"{datetime.fromtimestamp(value, UTC):%d %B %Y, %H:%M:%S} UTC"
    if isinstance(value, list):
        return ", ".join(str(member) for member in value) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
