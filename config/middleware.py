"""The address and the Content-Security-Policy of every page."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from config.hosts import canonical_origin
from diagnosis.decide import OTHER_HOST

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
GetResponse = Callable[[HttpRequest], HttpResponse]


class BaseUrlMiddleware:
    """Make `BASE_URL` the only address of the site.

    GET on another host is redirected, because cookies and redirect URIs belong to `BASE_URL`.
    Every request has the scheme of `BASE_URL`: TLS ends at a proxy.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scheme = urlsplit(settings.BASE_URL).scheme
        request.META["wsgi.url_scheme"] = scheme
        host = request.META.get("HTTP_HOST", "")
        has_final_dot = host.partition(":")[0].endswith(".")  # another host for cookies
        is_here = canonical_origin(f"{scheme}://{host}") == settings.BASE_URL and not has_final_dot
        if request.method in ("GET", "HEAD") and not is_here:
            path = request.get_full_path()
            if request.path.endswith("/callback/") and "?" in path:
                # This sign-in has no cookie here and fails: the note tells why.
                path += f"&{OTHER_HOST}=1"
            response = HttpResponseRedirect(settings.BASE_URL + path)
            response["Referrer-Policy"] = "no-referrer"  # the address may hold a code
            return response
        return self.get_response(request)


class ContentSecurityPolicyMiddleware:
    """Allow what our own pages use, and nothing inline.

    A view with sign-in buttons sets `csp_form_action = None` on its response: browsers apply
    `form-action` to every redirect that follows a form (w3.org/TR/CSP3 §6.4.1), and a provider may
    redirect through hosts that we cannot know.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Content-Security-Policy"):
            form_action = getattr(response, "csp_form_action", "'self'")
            ending = f"; form-action {form_action}" if form_action else ""
            response["Content-Security-Policy"] = POLICY + ending
        return response
