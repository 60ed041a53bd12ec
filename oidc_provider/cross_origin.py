"""Which pages of other sites may call an app's endpoints (fetch.spec.whatwg.org, CORS protocol).

An app in a browser calls from its own origin, which is that of one of its redirect URIs. No cookie
counts at these endpoints, so credentials are never allowed.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from oidc_provider.models import App
from protocol.authorization_server.redirect_uris import origin_of

View = Callable[[HttpRequest], HttpResponse]
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",  # seconds
}
EXPOSED = "WWW-Authenticate, Retry-After"  # why userinfo refuses, and when to come again


def allowed(view: View) -> View:
    """Let pages of the origins of all apps call this view, and answer their preflights."""

    @wraps(view)
    def answering(request: HttpRequest) -> HttpResponse:
        origin = request.META.get("HTTP_ORIGIN", "")
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers=PREFLIGHT)
        else:
            response = view(request)
        if origin:
            patch_vary_headers(response, ["Origin"])
            if origin in _origins():
                response["Access-Control-Allow-Origin"] = origin
                response["Access-Control-Expose-Headers"] = EXPOSED
        return response

    return answering


def _origins() -> set[str]:
    """Return the origins of all apps that are on: one query, only for pages of other sites."""
    uris = App.objects.filter(enabled=True).values_list("redirect_uris", flat=True)
    return {origin_of(uri) for listed in uris for uri in listed} - {""}
