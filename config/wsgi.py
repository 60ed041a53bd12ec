"""The site as a WSGI application, for any server that speaks it. `make serve` runs gunicorn."""

import codecs
import os
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

from config import log
from sessions.api.shortcut import SessionShortcut
from web.background import start_background

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_readable_content_type(site: Application) -> Application:
    """Drop a `Content-Type` that cannot be read: Django would meet it outside its error pages."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not is_readable(environ.get("CONTENT_TYPE", "")):
            environ["CONTENT_TYPE"] = ""
        return site(environ, start_response)

    return application


def is_readable(content_type: str) -> bool:
    """Tell whether the parameters parse and the charset is one of text."""
    try:
        _, parameters = parse_header_parameters(content_type)
        return codecs.lookup(parameters.get("charset", "utf-8")).name in CHARSETS
    except (LookupError, ValueError):
        return False


def with_measured_body(site: Application) -> Application:
    """Give a body its length that comes without one, in chunks (RFC 9112 §7.1).

    Django would take it for empty. No more is read than it takes to know that it is too large.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ and not environ.get("CONTENT_LENGTH"):
            body, length = _measured(environ["wsgi.input"])
            environ |= {"CONTENT_LENGTH": str(length), "wsgi.input": BytesIO(body)}
        return site(environ, start_response)

    return application


def _measured(stream: Any) -> tuple[bytes, int]:
    """Return a body and its length; one that stops is shorter than that, and gets its 408."""
    try:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    except OSError:
        return b"", 1
    return body, len(body)


def with_background(site: Application) -> Application:
    """See to it that the process that answers has its background thread."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_background()
        return site(environ, start_response)

    return application


# Forms come in UTF-8 (html.spec.whatwg.org, 4.10.21.8); Django refuses others for some types.
CHARSETS = ("utf-8", "ascii", "iso8859-1")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
site = get_wsgi_application()
log.never_wait()
answering = with_measured_body(SessionShortcut(site))
application = with_background(with_readable_content_type(answering))
