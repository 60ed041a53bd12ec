"""The stylesheets and the mark in the accent colour of the site, one file each.

A page loads one stylesheet and one picture, whatever an admin has chosen.
"""

from functools import lru_cache

from web.accent import MARK, style_of
from web.static_files import StaticFile, address_of, hashed, static_file

URL = "/site/"
NAMES = {  # by their static files
    "signet.css": "signet/signet.css",
    "admin.css": "signet/admin.css",
    "mark.svg": "signet/favicon.svg",
}


@lru_cache(maxsize=16)
def coloured(name: str, accent: str) -> StaticFile:
    """Return a file of `NAMES` in this colour."""
    text = static_file(NAMES[name]).body.decode("utf-8")
    if accent:
        text = text.replace(MARK, accent) if name == "mark.svg" else text + style_of(accent)
    return StaticFile.of(name, text.encode())


def coloured_address(name: str, accent: str) -> str:
    """Return where a browser finds it: without a colour, it is the static file."""
    if not accent:
        return address_of(NAMES[name])
    return URL + hashed(name, coloured(name, accent).digest)
