"""The pages of somebody who is signed in, and of somebody who has just signed out."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.self_service.connections import provider_name
from accounts.self_service.notices import notices_for
from audit.reading import unread_replays
from sessions.actors import actor_of
from sessions.session_cookies import delete_session_cookies
from sessions.session_request import SessionRequest, SignedInRequest
from sessions.sessions import end_session

# What each claim means, in the order of the page; the second table is for the curious.
ABOUT_YOU = {
    "name": "your name",
    "email": "your email address",
    "email_verified": "whether the provider has proven the address",
    "picture": "where your picture is",
    "groups": "groups you belong to here",
    "idp": "the provider that vouched for you",
    "auth_time": "when you signed in",
    "exp": "when this token is replaced",
}
TECHNICAL = {
    "sub": "you, by the id that never changes",
    "iss": "who issued it: this site",
    "aud": "whom it is for",
    "client_id": "what was signed in: this site, in this browser",
    "scope": "what the token is good for",
    "sid": "this session",
    "gen": "how often the session has been refreshed",
    "jti": "this very token",
    "iat": "when this token was issued",
}
TIMES = ("iat", "exp", "auth_time")


@login_not_required
@require_safe
@never_cache
def home(request: SessionRequest) -> HttpResponse:
    """Send to where one belongs; decided without a query."""
    return redirect("account" if request.session_token else "sign_in")


@require_safe
@never_cache
def account(request: SignedInRequest) -> HttpResponse:
    """Greet, and show what the session JWT says to every service that reads it."""
    token, user = request.session_token, request.user
    context = {
        "user": user,
        "is_admin": user.is_staff,
        "picture_url": reverse("picture") if user.picture else "",
        "provider_name": provider_name(request, token.claims.get("idp", "")),
        "email": token.claims.get("email", ""),
        "email_verified": token.claims.get("email_verified", False),
        "claims": _rows(token.claims, ABOUT_YOU),
        "technical_claims": _rows(token.claims, TECHNICAL),
        "expires_at": datetime.fromtimestamp(token.exp, UTC),
        "algorithm": token.algorithm,
        "key_id": token.kid,
        "is_demo": settings.DEMO,
        "replays": unread_replays(token.sub),
        "notices": notices_for(request),
    }
    return render(request, "account.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_out(request: SessionRequest) -> HttpResponse:
    """End this session on POST; on GET, say that it has ended."""
    if request.method == "POST":
        return end_in_browser(request)
    if request.session_token:
        return redirect("account")
    return render(request, "signed_out.html")


def end_in_browser(request: SessionRequest) -> HttpResponse:
    """End the session of this browser, and take back what it has of it."""
    if request.session_token:
        end_session(request.session_token, actor_of(request))
    request.session.flush()
    response = redirect("sign_out")
    delete_session_cookies(request, response)
    return response


def _rows(claims: dict[str, Any], meanings: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return name, value and meaning of the claims that the token has."""
    present = ((name, meaning) for name, meaning in meanings.items() if name in claims)
    return [(name, _shown(name, claims[name]), meaning) for name, meaning in present]


def _shown(name: str, value: object) -> str:
    """Return a claim's value as a person would read it."""
    if name in TIMES and isinstance(value, int):
        return f"{datetime.fromtimestamp(value, UTC):%d %B %Y, %H:%M:%S} UTC"
    if isinstance(value, list):
        return ", ".join(str(member) for member in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
