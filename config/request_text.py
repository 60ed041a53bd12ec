"""Replace what no database can store in the text of a request, before anything reads it.

PostgreSQL keeps no NUL (postgresql.org/docs/current/datatype-character.html), and a surrogate is
no UTF-8. Where the bytes of a form or an address are no UTF-8, Django puts U+FFFD, as HTML does for
NUL. Here NUL and surrogates become the same in path, query and headers; `request_body` does it for
forms. So no view, query or log has to think of them: such a name is nobody's, its refusal recorded.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

REPLACEMENT = "\ufffd"
AS_BYTES = REPLACEMENT.encode().decode("latin-1")  # as headers come from a server (PEP 3333)
GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestTextMiddleware:
    """Replace what is no text in path, query and headers."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for name, value in request.META.items():
            if isinstance(value, str) and not is_text(value):
                request.META[name] = as_text(value).replace(REPLACEMENT, AS_BYTES)
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query:  # each of these is a NUL: a per cent sign that is meant is %25
            request.META["QUERY_STRING"] = query.replace("%00", "%EF%BF%BD")
        request.path, request.path_info = as_text(request.path), as_text(request.path_info)
        return self.get_response(request)


def is_text(value: str) -> bool:
    """Tell whether every database keeps the value as it is; quick for ASCII, as almost all are."""
    return "\0" not in value and (value.isascii() or as_text(value) == value)


def as_text(value: str) -> str:
    """Return the value with U+FFFD for each NUL and each surrogate."""
    if value.isascii() and "\0" not in value:
        return value
    pieces = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return pieces.replace("\0", REPLACEMENT)
