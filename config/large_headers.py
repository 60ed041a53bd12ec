"""What a browser is told whose headers are larger than the server reads: it has too many cookies.

Ours stay under 7 KB, and other sites of the domain add theirs. The page needs nothing else from
here, because each further request would bring the same cookies.
"""

from django.conf import settings
from django.template.loader import render_to_string

MOST = 32_768  # bytes of one header
STATUS = "431 Request Header Fields Too Large"  # RFC 6585 §5


def response() -> bytes:
    """Return the whole message, as it goes to the socket."""
    context = {"site": settings.BASE_URL, "host": settings.BASE_HOST, "kilobytes": MOST // 1024}
    body = render_to_string("headers_too_large.html", context).encode()
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Connection": "close",
    }
    lines = [f"HTTP/1.1 {STATUS}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
