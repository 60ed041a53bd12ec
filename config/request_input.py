"""Let in only text that a database can store, and only small, complete bodies.

PostgreSQL stores no NUL (postgresql.org/docs/current/datatype-character.html), and a surrogate is
not valid UTF-8. Django puts U+FFFD in place of such bytes; here NUL and surrogates become it too.
No page needs more than 64 KiB, a logo included: the rest is refused before the body is read.
"""

import codecs
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.template.loader import render_to_string
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from config.error_pages import is_program
from sessions.access import problem

GetResponse = Callable[[HttpRequest], HttpResponse]

REPLACEMENT = "\ufffd"
AS_BYTES = REPLACEMENT.encode().decode("latin-1")  # as headers come from a server (PEP 3333)
# Forms come in UTF-8 (html.spec.whatwg.org, 4.10.21.8); Django refuses others for some types.
CHARSETS = ("utf-8", "ascii", "iso8859-1")
REFUSALS = {
    400: gettext_noop("Your request does not say how long it is, so nothing has changed."),
    408: gettext_noop(
        "Your request did not arrive completely, so nothing has changed. Please send it again."
    ),
    413: gettext_noop(
        "You sent more than this site accepts (64 KiB, or 1000 fields). Nothing has changed."
    ),
}


def repair(environ: dict[str, Any]) -> None:
    """Correct a type that Django fails on before its error pages work."""
    if not is_readable(environ.get("CONTENT_TYPE", "")):
        environ["CONTENT_TYPE"] = ""


def is_readable(content_type: str) -> bool:
    """Tell whether the parameters can be parsed, and the charset is a known one."""
    try:
        _, parameters = parse_header_parameters(content_type)
        return codecs.lookup(parameters.get("charset", "utf-8")).name in CHARSETS
    except (LookupError, ValueError):
        return False


class RequestTextMiddleware:
    """Replace NUL and surrogates in path, query and headers, before anything reads them."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        texts = {name: value for name, value in request.META.items() if isinstance(value, str)}
        if as_text(together := "".join(texts.values())) != together:  # 2 µs instead of 9 (2026-12)
            for name, value in texts.items():
                if (text := as_text(value)) != value:
                    request.META[name] = text.replace(REPLACEMENT, AS_BYTES)
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query:  # always a NUL: a per cent sign itself is %25
            request.META["QUERY_STRING"] = query.replace("%00", "%EF%BF%BD")
        request.path, request.path_info = as_text(request.path), as_text(request.path_info)
        return self._get_response(request)


def as_text(value: str) -> str:
    """Return the value with U+FFFD for each NUL and each surrogate: every database can store it."""
    if value.isascii() and "\0" not in value:
        return value
    pieces = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return pieces.replace("\0", REPLACEMENT)


class RequestBodyMiddleware:
    """Refuse a body that is too large (413) or incomplete (408), and read any other."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = _refusing_status(request)
        if not status:
            return self._get_response(request)
        sentence = REFUSALS[status]
        if is_program(request):
            return problem(status, sentence)
        page = render_to_string("body_refused.html", {"status": status, "sentence": _(sentence)})
        return HttpResponse(page, status=status, headers={"Cache-Control": "private, no-store"})


def _refusing_status(request: HttpRequest) -> int:
    """Read the body of a POST. Return the status that refuses it, or 0."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = -1
    if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return 413
    if length < 0:
        return 400
    if request.method != "POST" or not length:
        return 0
    try:
        is_whole = len(request.body) >= length
        _replace_in_form(request)
    except UnreadablePostError:  # the server has waited long enough, or the sender is gone
        return 408
    except (TooManyFieldsSent, TooManyFilesSent):
        return 413
    return 0 if is_whole else 408


def _replace_in_form(request: HttpRequest) -> None:
    """Replace NUL and surrogates in the fields of a form."""
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return
    fields = request.POST  # raises `TooManyFieldsSent` and `TooManyFilesSent`
    if request.content_type != "multipart/form-data" and not _may_hold_nul(request.body):
        return  # Django has replaced what is no text. This saves 0.03 ms (measured 2026-11)
    cleaned = QueryDict(mutable=True)
    for name, values in fields.lists():
        cleaned.setlist(as_text(name), [as_text(value) for value in values])
    if cleaned != fields:
        request.POST = cleaned  # type: ignore[assignment] # the stubs know what Django has parsed


def _may_hold_nul(body: bytes) -> bool:
    """Tell whether a form (url.spec.whatwg.org §5.1) can have a NUL in a name or a value."""
    return b"\0" in body or b"%00" in body
