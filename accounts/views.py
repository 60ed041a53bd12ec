"""The pages of somebody who is signed in, and of somebody who has just signed out."""

from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.self_service.connections import notices_for, provider_name
from audit.reading import unread_replays
from sessions.api.description import explained
from sessions.session_cookies import delete_session_cookies, end_session
from sessions.session_request import SessionRequest, SignedInRequest, actor_of

# In the order of the page. The rest of the claims is for the curious.
ABOUT_YOU = ("name", "email", "email_verified", "picture", "groups", "idp", "auth_time", "exp")


@login_not_required
@require_safe
@never_cache
def home(request: SessionRequest) -> HttpResponse:
    """Send to the account or to the sign-in page; this needs no query."""
    return redirect("account" if request.session_token else "sign_in")


@require_safe
@never_cache
def account(request: SignedInRequest) -> HttpResponse:
    """Show who is signed in, and what the session JWT says to every service that reads it."""
    token = request.session_token
    claims = {claim.name: claim for claim in explained(token.claims)}
    context = {
        "user": request.user,
        "token": token,
        "provider_name": provider_name(request, token.claims.get("idp", "")),
        "claims": [claims[name] for name in ABOUT_YOU if name in claims],
        "technical_claims": [claims[name] for name in claims if name not in ABOUT_YOU],
        "expires_at": datetime.fromtimestamp(token.exp, UTC),
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
    if request.method != "POST":
        return redirect("account") if request.session_token else render(request, "signed_out.html")
    if request.session_token:
        end_session(request.session_token, actor_of(request))
    request.session.flush()
    response = redirect("sign_out")
    delete_session_cookies(request, response)
    return response
