"""Static files under names that change with their content, so that a browser never asks twice.

There is no `collectstatic` to forget: each process reads a file when somebody first asks for it.
Stylesheets that are imported are put in their place, and pictures get their hashed names. With
DEBUG, names are as they are, and each request reads the file again.
"""

import gzip
import posixpath
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import StaticFilesStorage

DIGITS = 12  # of a digest in a name
HASHED = re.compile(rf"(.+)\.([0-9a-f]{{{DIGITS}}})(\.\w+)")
IMPORT = re.compile(r"""@import (?:url\()?["']([\w./-]+)["']\)?;\n*""")
SPARE = re.compile(r"/\*(?!!).*?\*/|(?<=\n)\s+", re.DOTALL)  # comments, and blanks before a line
URL = re.compile(r"""url\((["']?)([\w./-]+)\1\)""")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}
WORTH_IT = (".css", ".js", ".svg")  # pictures of other kinds are compressed already


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent."""

    body: bytes
    content_type: str
    digest: str
    compressed: bytes = b""  # gzip (RFC 1952); empty where it is not smaller
    policy: str = ""  # what it may do when somebody opens it: Content-Security-Policy

    @classmethod
    def of(cls, name: str, body: bytes, policy: str = "") -> "StaticFile":
        """Compress what gets smaller. The name says what kind of file it is."""
        extension = posixpath.splitext(name)[1]
        compressed = gzip.compress(body, mtime=0) if extension in WORTH_IT else b""
        content_type = TYPES.get(extension, "application/octet-stream")
        smaller = compressed if len(compressed) < len(body) else b""
        return cls(body, content_type, digest_of(body), smaller, policy)


def digest_of(body: bytes) -> str:
    return sha256(body).hexdigest()[:DIGITS]


def hashed(name: str, digest: str) -> str:
    """Return a name with a digest in it: `signet/signet.0123456789ab.css`."""
    stem, extension = posixpath.splitext(name)
    return f"{stem}.{digest}{extension}"


def parted(name: str) -> tuple[str, str]:
    """Return a name without its digest, and the digest, "" if it has none."""
    match = HASHED.fullmatch(name)
    return (match[1] + match[3], match[2]) if match else (name, "")


@cache
def names() -> dict[str, str]:
    """Return the path of each static file by its name. Nothing else can be asked for."""
    found: dict[str, str] = {}
    for finder in get_finders():
        for path, storage in finder.list(None):
            found.setdefault(path, storage.path(path))
    return found


def static_file(name: str) -> StaticFile:
    """Return a file of `names`."""
    return _read(name) if settings.DEBUG else _kept(name)


def _read(name: str) -> StaticFile:
    body = Path(names()[name]).read_bytes()
    if name.endswith(".css"):
        body = SPARE.sub("", _completed(name, body.decode("utf-8"))).encode()
    return StaticFile.of(name, body)


_kept = cache(_read)


def _completed(name: str, style: str) -> str:
    """Put imported stylesheets in their place, and make relative addresses whole."""
    folder = posixpath.dirname(name)

    def named(path: str) -> str:
        return posixpath.normpath(posixpath.join(folder, path))

    def imported(match: re.Match[str]) -> str:
        return static_file(named(match[1])).body.decode("utf-8") + "\n"

    def address(match: re.Match[str]) -> str:
        other = named(match[2])
        return f'url("{address_of(other)}")' if other in names() else match[0]

    # First the addresses: those in an imported file are relative to that file.
    return IMPORT.sub(imported, URL.sub(address, _without_urls(style)))


def _without_urls(style: str) -> str:
    """Write each import as a plain text, so that its name is not taken for a picture's."""
    return IMPORT.sub(r'@import "\1";\n\n', style)


def address_of(name: str) -> str:
    """Return where a browser finds a static file. An unknown one gets its plain name."""
    if name in names() and not settings.DEBUG:
        name = hashed(name, static_file(name).digest)
    return f"{settings.STATIC_URL}{name}"


class HashedStorage(StaticFilesStorage):
    """Django's storage for `{% static %}` and the files of forms."""

    def url(self, name: str | None, force: bool = False) -> str:
        return address_of(name or "")
