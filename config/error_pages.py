"""Pages for when no view can respond: an outage (docs/outages.md), or headers too large."""

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.views import defaults

from config.outage import gone_part
from oauth_client import progress
from protocol.authorization_server.metadata import CALLED_BY_APPS
from sessions.access import problem
from web.redirects import safe_next

FOR_PROGRAMS = ("/api/session", "/api/openapi.json", "/.well-known/", *CALLED_BY_APPS)
MAX_HEADER = 32_768  # bytes of one header


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond to a request that an error has ended: 503 for an outage, 500 for a fault."""
    if not gone_part(sys.exception()):
        return defaults.server_error(request)
    sentence = "A part of this site does not answer. Try again in a minute."
    response = problem(503, sentence) if is_program(request) else _page(request)
    response["Retry-After"] = "60"  # seconds
    return response


def too_busy(request: HttpRequest) -> HttpResponse:
    """Refuse a request that nobody has looked at: a GET can be sent again as it is."""
    if is_program(request):
        response: HttpResponse = problem(503, "This site is too busy. Try again in a minute.")
    else:
        again = (
            safe_next(request.get_full_path()) if request.method == "GET" else settings.LOGIN_URL
        )
        response = _unavailable({"is_busy": True, "again": again})
    response["Retry-After"] = "60"  # seconds
    return response


def is_program(request: HttpRequest) -> bool:
    """Tell whether to send a problem (RFC 9457) instead of a page."""
    path = request.path_info
    is_api = path.startswith("/api/") and "text/html" not in request.headers.get("Accept", "")
    return is_api or "Authorization" in request.headers or path.startswith(FOR_PROGRAMS)


def _page(request: HttpRequest) -> HttpResponse:
    """Show a page that needs no database and no cache, and sends no referrer with a code."""
    is_sign_in = request.path_info.startswith(settings.LOGIN_URL)
    again = safe_next(request.get_full_path())
    if is_sign_in:  # begin anew, with the same `next`
        next_ = progress.next_of(request) or request.POST.get("next") or request.GET.get("next")
        again = f"{settings.LOGIN_URL}?{urlencode({'next': safe_next(next_)})}"
    return _unavailable({"is_sign_in": is_sign_in, "again": again})


def _unavailable(context: dict[str, object]) -> HttpResponse:
    page = render_to_string("unavailable.html", context)
    headers = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
    return HttpResponse(page, status=503, headers=headers)


def headers_too_large() -> tuple[str, list[tuple[str, str]], bytes]:
    """Return status, headers and body for a browser with too many cookies (RFC 6585 §5).

    Our cookies stay under 7 KB, but other sites of the domain add theirs. The page loads nothing
    else from this site, because each request would send the same cookies.
    """
    kilobytes = MAX_HEADER // 1024
    context = {"base_url": settings.BASE_URL, "host": settings.BASE_HOST, "kilobytes": kilobytes}
    body = render_to_string("headers_too_large.html", context).encode()
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        ("Cache-Control", "no-store"),
    ]
    return "431 Request Header Fields Too Large", headers, body
