"""`/account/picture/`: a person's picture at their provider, fetched by this site.

If the browser fetched it, a third party would learn who is signed in here, and when.
"""

import hashlib
import logging
import re
from html import escape

from django.conf import settings
from django.core.cache import caches
from django.http import HttpResponse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from outgoing import AddressPolicy, deadline, session_for
from protocol.errors import ErrorCode, SignInError
from sessions.session_request import SignedInRequest
from web.cache_errors import cache_errors

logger = logging.getLogger(__name__)
MAX_BYTES = 524_288
LIFETIME = 86_400  # seconds in our cache
BROWSER_LIFETIME = 3600  # seconds
FAILURE_LIFETIME = 60  # seconds, in both
SECONDS = 5  # for the picture's host to answer
# How a file of each media type begins. SVG is not among them: it can hold scripts.
SIGNATURES = {
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/jpeg": rb"\xff\xd8\xff",
    "image/gif": rb"GIF8[79]a",
    "image/webp": rb"RIFF(?s:.{4})WEBP",
}
INITIALS = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
    '<rect width="96" height="96" fill="#7a8a85"/><text x="48" y="60" fill="#fff" font-size="36" '
    'font-family="sans-serif" text-anchor="middle">{}</text></svg>'
)


@require_safe
@vary_on_cookie
def picture(request: SignedInRequest) -> HttpResponse:
    """Send the picture, or the initials if there is none."""
    user = request.user
    image = _image(user.picture) if user.picture else b""
    types = (each for each, start in SIGNATURES.items() if re.match(start, image))
    media_type = next(types, "")
    content = image if media_type else INITIALS.format(escape(user.initials)).encode()
    max_age = BROWSER_LIFETIME if media_type else FAILURE_LIFETIME
    headers = {
        "Cache-Control": f"private, max-age={max_age}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return HttpResponse(content, media_type or "image/svg+xml", headers=headers)


def _image(url: str) -> bytes:
    """Return the picture, b"" for none. Fetch nothing if the cache is down: each page would."""
    cache, key = caches["pictures"], f"picture:{hashlib.sha256(url.encode()).hexdigest()}"
    try:
        image: bytes | None = cache.get(key)
        if image is None:
            image, lifetime = _fetch(url)
            cache.set(key, image, lifetime)
    except cache_errors() as error:
        logger.info("no picture: the cache does not answer: %s", type(error).__name__)
        image = b""
    return image


def _fetch(url: str) -> tuple[bytes, int]:
    """Return the picture, and how many seconds to keep it: 0 if the host was only busy."""
    policy = AddressPolicy(allow_private=False, allow_loopback=settings.IS_LOOPBACK)
    headers = {"Accept": "image/*"}
    try:
        with deadline(SECONDS):
            session = session_for("pictures", policy)
            response = session.request("GET", url, headers=headers, max_bytes=MAX_BYTES)
    except SignInError as error:
        logger.info("no picture: code=%s", error.code)
        return b"", 0 if error.code is ErrorCode.PROVIDER_BUSY else FAILURE_LIFETIME
    return response.content if response.status_code == 200 else b"", LIFETIME
