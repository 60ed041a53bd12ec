"""The response to a request that is not computed, because too many wait for a thread."""

from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest

from config import error_pages
from config.language import LanguageMiddleware
from config.middleware import ContentSecurityPolicyMiddleware
from config.request_input import repair
from sessions.api.shortcut import Response


def response(environ: dict[str, Any]) -> Response:
    """Return a page or a problem with 503. This needs no database, no cache and no thread."""
    repair(environ)
    request = WSGIRequest(environ | {"wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"})
    refusal = ContentSecurityPolicyMiddleware(LanguageMiddleware(error_pages.too_busy))(request)
    return f"503 {refusal.reason_phrase}", list(refusal.items()), refusal.content
