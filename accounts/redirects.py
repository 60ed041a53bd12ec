"""Where a visitor may be sent after signing in."""

import re

from django.conf import settings

HOME = "/account/"
MAX_LENGTH = 512  # bytes; it travels in a cookie
# What a browser would read as this site: a path whose second character starts no host.
LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
ORIGIN = re.compile(r"(https?://[a-z0-9.:\[\]-]+)(?:[/?#][!-\[\]-~]*)?")


def safe_next(value: str | None) -> str:
    """Return `value` if it is a path of this site or on an allowed origin, else `/account/`.

    Decided on the very characters that a browser would act on: visible ASCII without a backslash,
    so nothing is left to be stripped, decoded or normalised into another host (RFC 9700 §4.11).
    """
    if not value or len(value) > MAX_LENGTH:
        return HOME
    if LOCAL_PATH.fullmatch(value):
        return value
    origin = ORIGIN.fullmatch(value)
    if origin and origin[1] in (settings.BASE_URL, *settings.ALLOWED_REDIRECT_ORIGINS):
        return value
    return HOME
