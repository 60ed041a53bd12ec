"""A logo that somebody has uploaded: what kind of picture it is, and how large.

We look at the first bytes, never at the name that came with it. Browsers get it as `<img>`, with a
type that we say, at an address whose policy forbids scripts; so an SVG image runs none, even when
somebody opens it alone.
"""

import re
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, XMLParser

from web.static_files import StaticFile, hashed

MOST_BYTES = 49_152  # 48 KiB: with the rest of a form it stays under what a request may have
SIDES = (16, 2048)  # px
WIDEST = 5  # times as wide as high
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
SVG = "{http://www.w3.org/2000/svg}svg"
# The markers of a JPEG that say its size: SOF0 to SOF15 without DHT, JPG and DAC (ITU-T T.81, B.1)
SIZE_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}

Size = tuple[float, float]  # width and height


class NoLogoError(ValueError):
    """What was uploaded cannot be the logo."""


@dataclass(frozen=True)
class Logo:
    """A picture that may be shown."""

    name: str  # with its digest and kind: logo.0123456789ab.png
    width: float  # px, or any unit of an SVG image
    height: float


def logo_of(data: bytes) -> Logo:
    """Judge a file. Raises `NoLogoError`, which says `size`, `kind` or `sides`."""
    if len(data) > MOST_BYTES:
        raise NoLogoError("size")
    extension, measured = _measured(data)
    if measured is None:
        raise NoLogoError("kind")
    width, height = measured
    is_good = SIDES[0] <= min(measured) <= max(measured) <= SIDES[1] or extension == ".svg"
    if not is_good or not 1 / WIDEST <= width / height <= WIDEST:
        raise NoLogoError("sides")
    return Logo(hashed(f"logo{extension}", logo_file(f"logo{extension}", data).digest), *measured)


def logo_file(name: str, data: bytes) -> StaticFile:
    return StaticFile.of(name, data, POLICY)


def _measured(data: bytes) -> tuple[str, Size | None]:
    """Return the extension of the kind, and the size; None if the file is damaged."""
    kinds = ((extension, read) for begin, extension, read in KINDS if begin.match(data))
    extension, read = next(kinds, (".svg", _svg))
    with suppress(struct.error, IndexError, ParseError, ValueError, StopIteration):
        return extension, read(data)
    return extension, None


def _png(data: bytes) -> Size:
    """Read the first chunk (w3.org/TR/png-3, 11.2.1)."""
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    if (length, kind) != (13, b"IHDR"):
        raise ValueError(kind)
    return width, height


def _jpg(data: bytes) -> Size:
    """Read the frame header (ITU-T T.81, B.2.2)."""
    at = next(at for marker, at in _jpeg_segments(data) if marker in SIZE_MARKERS)
    height, width = struct.unpack_from(">HH", data, at + 5)
    return width, height


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield each marker, and where its second byte stands."""
    at = 2
    while data[at] == 0xFF:
        marker, length = struct.unpack_from(">BH", data, at + 1)
        if marker < 0xC0 or length < 2:
            return
        yield marker, at
        at += 2 + length


def _webp(data: bytes) -> Size:
    """Read the first chunk of any of the three formats (RFC 9649 §2.5 to 2.7)."""
    kind, body = data[12:16], data[20:]
    if kind == b"VP8X":
        return 1 + _little(body[4:7]), 1 + _little(body[7:10])
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = _little(body[1:5])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError(kind)


def _little(part: bytes) -> int:
    return int.from_bytes(part, "little")


KINDS: tuple[tuple[re.Pattern[bytes], str, Callable[[bytes], Size]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ".png", _png),
    (re.compile(rb"\xff\xd8\xff"), ".jpg", _jpg),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ".webp", _webp),
)


def _svg(data: bytes) -> Size:
    """Read an SVG image: without entities, with which a small file can become huge."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or "\0" in data.decode("utf-8"):
        raise ValueError("no plain SVG")
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - expat, without entities
    parser.feed(data)
    root = parser.close()
    if root.tag != SVG:
        raise ValueError(root.tag)
    return _svg_size(root)


def _svg_size(root: Element) -> Size:
    """Return the size that it says, else that of its view box (SVG 2 §8.2)."""
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    sizes = [root.get("width", ""), root.get("height", "")]
    if not all(re.fullmatch(r"[0-9.]+(?:px)?", size) for size in sizes):
        sizes = box[2:4] or ["1", "1"]
    width, height = (float(size.removesuffix("px")) for size in sizes)
    if min(width, height) <= 0:
        raise ValueError(sizes)
    return width, height
