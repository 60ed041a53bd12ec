"""The pages of somebody who is signed in, and of somebody who has just signed out.

Under `/account/developer/` they see what their session JWT says.
Under `/account/data/` they see what is kept about them, download it, and delete the account.
"""

from datetime import UTC, datetime
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.removal import is_last_admin, remove_oneself
from accounts.self_service.personal_data import PARTS, json_of
from sessions.access import has_header, problem
from sessions.api.description import explained
from sessions.recent_sign_in import (
    explain_sign_in_again,
    has_recent_sign_in,
    shown_again_after_sign_in,
)
from sessions.session_cookies import delete_session_cookies, end_session
from sessions.session_request import SessionRequest, SignedInRequest, View, actor_of, guarded
from web import cookies
from web.shown import duration

# In the order of the page. The rest of the claims is for the curious.
ABOUT_YOU = (
    *("sub", "name", "email", "email_verified", "picture"),
    *("groups", "idp", "auth_time", "exp"),
)


@require_safe
@never_cache
def developer(request: SignedInRequest) -> HttpResponse:
    """Show what the session JWT says to every service that reads it, and where to try the API."""
    token = request.session_token
    claims = {claim.name: claim for claim in explained(token.claims)}
    context = {
        "token": token,
        "claims": [claims[name] for name in ABOUT_YOU if name in claims],
        "technical_claims": [claims[name] for name in claims if name not in ABOUT_YOU],
        "expires_at": datetime.fromtimestamp(token.claims["exp"], UTC),
    }
    return render(request, "developer.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_out(request: SessionRequest) -> HttpResponse:
    """End this session on POST; on GET, say that it has ended."""
    if request.method != "POST":
        return redirect("account") if request.session_token else _signed_out(request)
    if request.session_token:
        end_session(request.session_token, actor_of(request))
    request.session.flush()
    response = redirect("sign_out")
    delete_session_cookies(request, response)
    return response


def _signed_out(request: SessionRequest) -> HttpResponse:
    """Say that the session has ended, and offer the provider that this browser used last."""
    names = {app.provider_id: app.name for app in get_adapter().list_apps(request)}
    slugs = cookies.values_of(request, cookies.LAST_USED)
    slug = next(filter(names.__contains__, slugs), "")
    context = {"slug": slug, "provider_name": names.get(slug, "")}
    response = render(request, "signed_out.html", context)
    response.csp_form_action = None  # type: ignore[attr-defined] # its button leads to a provider
    return response


private = cache_control(private=True, no_store=True)


def browser_required(view: View) -> View:
    """Refuse a token in a header: no program may read or delete all of somebody's data."""
    words = "This is for a browser that is signed in, not for a token."  # to a program
    browsers = guarded(view, lambda request: problem(403, words) if has_header(request) else None)
    return private(require_http_methods(["GET", "HEAD", "POST"])(browsers))


@browser_required
def data(request: SignedInRequest) -> HttpResponseBase:
    """Say what is kept and for how long; POST sends all of it.

    A download shows no page. If it began by itself after a sign-in, the tab would still show the
    provider. So that sign-in leads back to this page.
    """
    if request.method != "POST":
        return render(request, "data.html", {"parts": PARTS})
    return _download(request) if has_recent_sign_in(request) else explain_sign_in_again(request)


def _download(request: SignedInRequest) -> StreamingHttpResponse:
    now = timezone.now()
    return StreamingHttpResponse(
        json_of(request.user, now),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="signet-data-{now:%Y-%m-%d}.json"'},
    )


@browser_required
@shown_again_after_sign_in
def delete(request: SignedInRequest) -> HttpResponse:
    """Ask before the account is deleted; POST with the box ticked does it."""
    usable = {app.provider_id for app in get_adapter().list_apps(request)}
    if request.method != "POST":
        return _ask(request, is_last=is_last_admin(request.user, usable))
    if request.POST.get("understood") != "yes":
        words = _("Please tick the box first. Nothing has been deleted.")
        return _ask(request, problem=words, status=400)
    if not remove_oneself(request.user, actor_of(request), usable):
        return _ask(request, is_last=True, status=409)
    request.session.flush()
    response = redirect("account_deleted")
    delete_session_cookies(request, response)
    response.delete_cookie(settings.CSRF_COOKIE_NAME)
    return response


@login_not_required
@private
@require_safe
def deleted(request: SessionRequest) -> HttpResponse:
    if request.session_token:
        return redirect("account")
    return render(request, "account_deleted.html", _what_stays())


def _ask(
    request: SignedInRequest, *, is_last: bool = False, problem: str = "", status: int = 200
) -> HttpResponse:
    context = _what_stays() | {"is_last_admin": is_last, "problem": problem}
    return render(request, "delete_account.html", context, status=status)


def _what_stays() -> dict[str, Any]:
    retention = settings.AUDIT_RETENTION
    return {
        "log_is_kept": duration(retention) if retention else "",
        "sign_ins_are_kept": duration(settings.SIGN_IN_ATTEMPT_RETENTION),
        "token_lifetime": duration(settings.SESSION_TOKEN_LIFETIME),
    }
