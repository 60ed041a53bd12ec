"""The body of a request: small, whole, and text.

Nothing here takes a file or needs more than 64 KiB. What a request says of its length is believed,
so that more is refused before a byte of it is read; `config.wsgi` measures a body without a length.
"""

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.template.loader import render_to_string

from config.request_text import GetResponse, as_text, is_text
from config.error_pages import is_program
from sessions.api.problems import problem

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
REFUSALS = {
    400: "What you sent does not say how long it is, so nothing was done.",
    408: "What you sent did not arrive whole, so nothing was done. Please send it again.",
    413: "You sent more than this site accepts (64 KiB, or 1000 fields). Nothing was done.",
}


class RequestBodyMiddleware:
    """Refuse a body that is too large (413) or does not arrive whole (408), and read any other."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        status = _reading(request)
        return _refusal(request, status) if status else self.get_response(request)


def _reading(request: HttpRequest) -> int:
    """Read the body of a POST; return the status that refuses it, 0 for none."""
    length = _length(request)
    if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        return 413
    if length < 0:
        return 400
    if request.method != "POST" or not length:
        return 0
    try:
        is_whole = len(request.body) >= length
        _replace_what_is_no_text(request)
    except UnreadablePostError:  # the server's patience has ended, or the sender is gone
        return 408
    except TooManyFieldsSent:
        return 413
    return 0 if is_whole else 408


def _length(request: HttpRequest) -> int:
    """Return the length that the request says, 0 for none, and -1 for what is no number."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return -1


def _replace_what_is_no_text(request: HttpRequest) -> None:
    """Do to a form what `request_text` does to an address; it may be encoded in several ways."""
    if request.content_type not in FORMS:
        return
    fields = request.POST
    if all(is_text(text) for name, values in fields.lists() for text in (name, *values)):
        return
    cleaned = QueryDict(mutable=True)
    for name, values in fields.lists():
        cleaned.setlist(as_text(name), [as_text(value) for value in values])
    request.POST = cleaned  # type: ignore[assignment] # the stubs know only what Django has parsed


def _refusal(request: HttpRequest, status: int) -> HttpResponse:
    if is_program(request):
        return problem(status, REFUSALS[status])
    page = render_to_string("body_refused.html", {"status": status, "sentence": REFUSALS[status]})
    return HttpResponse(page, status=status, headers={"Cache-Control": "private, no-store"})
