"""What somebody is told while the database or Redis does not answer: 503, and when to try again.

Django calls `server_error` wherever an error leaves a view or a middleware. What a part that is
gone leaves undecided is refused; docs/outages.md says what works on without it.
"""

import sys
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.views import defaults

from config.outage import gone_part
from oauth_client import progress
from sessions.api.problems import problem
from sessions.session_request import SessionRequest
from web.redirects import safe_next

RETRY_AFTER = 60  # seconds
FOR_PROGRAMS = ("/api/session", "/api/openapi.json", "/.well-known/")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request that an error has ended: an outage by 503, a fault of ours by 500."""
    if not gone_part(sys.exception()):
        return defaults.server_error(request)
    _leave_cookies_alone(cast("SessionRequest", request))
    response = _problem() if is_program(request) else _page(request)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def _leave_cookies_alone(request: "SessionRequest") -> None:
    """Sign nobody in or out by half; what was refreshed before the outage is handed out."""
    if getattr(request, "issued_token", None) is None:  # only a refresh has issued it already
        request.started_session, request.ended_session = None, False


def is_program(request: HttpRequest) -> bool:
    """Tell whether an error is to be a problem (RFC 9457) and no page."""
    path = request.path_info
    is_api = path.startswith("/api/") and "text/html" not in request.headers.get("Accept", "")
    return is_api or "Authorization" in request.headers or path.startswith(FOR_PROGRAMS)


def _problem() -> HttpResponse:
    return problem(503, "A part of this site does not answer. Try again in a minute.")


def _page(request: HttpRequest) -> HttpResponse:
    """Show the page. Nothing on it needs what may be gone, and no code leaves its address."""
    is_sign_in = request.path_info.startswith(settings.LOGIN_URL)
    same = safe_next(request.get_full_path())
    again = _sign_in_again(request) if is_sign_in else same
    context = {"is_sign_in": is_sign_in, "again": again}
    page = render_to_string("unavailable.html", context)
    headers = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
    return HttpResponse(page, status=503, headers=headers)


def _sign_in_again(request: HttpRequest) -> str:
    """Return where to begin a sign-in anew that leads to the same place."""
    asked = request.POST.get("next") or request.GET.get("next")
    next_ = safe_next(progress.next_of(request) or asked)
    return f"{settings.LOGIN_URL}?{urlencode({'next': next_})}"
