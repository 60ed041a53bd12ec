"""Send static files, and what depends on whose site it is: compressed, and kept by the browser.

A name with the right digest never changes what it means, so it is kept for a year. Any other digest
belongs to another version of the site, which may run beside this one: it gets today's file, which
is then asked for again.

Pages are not compressed. They hold a CSRF token and `next`, which a stranger can choose, and the
length of what is compressed together can tell what is in it (breachattack.com). The sign-in page
with its stylesheet and its picture stays under 9 KB all the same.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

from web import site_files, whose_site
from web.models import read
from web.static_files import StaticFile, names, parted, static_file

FOR_EVER = "public, max-age=31536000, immutable"  # a year
FOR_A_MINUTE = "public, max-age=60"
PIECE = 2**15  # bytes that are sent at once
GZIP = re.compile(r"(?:^|[,\s])gzip\s*(?:$|,|;\s*q=(?:1|0?\.\d*[1-9]))")  # RFC 9110 §12.5.3

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class StaticFilesMiddleware:
    """Answer `/static/` and `/site/` before anything looks at a session."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.startswith(settings.STATIC_URL):
            name, digest = parted(path.removeprefix(settings.STATIC_URL))
            file = static_file(name) if name in names() else None
        elif path.startswith(site_files.URL):
            name, digest = parted(path.removeprefix(site_files.URL))
            file = _site_file(name, digest)
        else:
            return self._get_response(request)
        return _response(request, file, digest) if file else self._get_response(request)


def _site_file(name: str, digest: str) -> StaticFile | None:
    if name in site_files.NAMES:
        return site_files.coloured(name, whose_site.current().accent)
    if not name.startswith("logo."):
        return None
    logo = whose_site.logo()
    if logo is None or logo.digest != digest:  # another process may know it already
        read()
    return whose_site.logo()


def _response(request: HttpRequest, file: StaticFile, digest: str) -> HttpResponseBase:
    """Send a file, or say that the browser has it already (RFC 9110 §13.1.2)."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    takes_gzip = bool(GZIP.search(request.headers.get("Accept-Encoding", "")))
    is_compressed = takes_gzip and file.compressed != b""
    etag = f'W/"{file.digest}"'
    response = _of(file.compressed if is_compressed else file.body)
    headers = _headers(file, digest, is_compressed=is_compressed) | {"ETag": etag}
    for name, value in headers.items():
        response[name] = value
    return get_conditional_response(request, etag=etag, response=response)  # type: ignore[arg-type, return-value]


def _of(body: bytes) -> HttpResponseBase:
    """Return a response in pieces, so that a slow reader does not hold a whole file."""
    if len(body) <= PIECE:
        return HttpResponse(body)
    return StreamingHttpResponse(body[at : at + PIECE] for at in range(0, len(body), PIECE))


def _headers(file: StaticFile, digest: str, *, is_compressed: bool) -> dict[str, str]:
    length = len(file.compressed if is_compressed else file.body)
    headers = {"Content-Type": file.content_type, "Content-Length": str(length)}
    headers["Cache-Control"] = _cache_control(file, digest)
    if file.compressed:
        headers["Vary"] = "Accept-Encoding"
    if is_compressed:
        headers["Content-Encoding"] = "gzip"
    if file.policy:
        headers["Content-Security-Policy"] = file.policy
    return headers


def _cache_control(file: StaticFile, digest: str) -> str:
    if digest == file.digest:
        return FOR_EVER
    return "no-cache" if digest or settings.DEBUG else FOR_A_MINUTE
