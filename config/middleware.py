"""The address and the Content-Security-Policy of every page."""

import logging
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.deprecation import MiddlewareMixin

from config.hosts import canonical_origin
from diagnosis.decide import OTHER_HOST

logger = logging.getLogger(__name__)
MOST_NOTED = 20  # hosts; anybody can send one
_noted: set[str] = set()
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class BaseUrlMiddleware(MiddlewareMixin):
    """Make `BASE_URL` the only address of the site.

    GET on another host is redirected, because cookies and redirect URIs belong to `BASE_URL`.
    Every request has the scheme of `BASE_URL`: TLS ends at a proxy.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        scheme = urlsplit(settings.BASE_URL).scheme
        request.META["wsgi.url_scheme"] = scheme
        host = request.META.get("HTTP_HOST", "")
        has_final_dot = host.partition(":")[0].endswith(".")  # another host for cookies
        is_here = canonical_origin(f"{scheme}://{host}") == settings.BASE_URL and not has_final_dot
        if is_here or request.method not in ("GET", "HEAD"):
            return None
        _note(host)
        path = request.get_full_path()
        if request.path.endswith("/callback/") and "?" in path:
            path += f"&{OTHER_HOST}=1"  # why this sign-in fails: it has no cookie there
        headers = {"Referrer-Policy": "no-referrer"}  # the address may hold a code
        return HttpResponseRedirect(settings.BASE_URL + path, headers=headers)


def _note(host: str) -> None:
    """Log a host once: behind a proxy that changes it, the redirect leads back to itself."""
    if host not in _noted and len(_noted) < MOST_NOTED:
        _noted.add(host)
        words = "redirected from host=%.200s to %s; a proxy has to send the visitor's Host"
        logger.warning(words, host, settings.BASE_URL)


class ContentSecurityPolicyMiddleware(MiddlewareMixin):
    """Allow what our own pages use, and nothing inline.

    A view with sign-in buttons sets `csp_form_action = None` on its response: browsers apply
    `form-action` to every redirect that follows a form (w3.org/TR/CSP3 §6.4.1), and a provider may
    redirect through hosts that we cannot know.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not response.has_header("Content-Security-Policy"):
            form_action = getattr(response, "csp_form_action", "'self'")
            ending = f"; form-action {form_action}" if form_action else ""
            response["Content-Security-Policy"] = POLICY + ending
        return response
