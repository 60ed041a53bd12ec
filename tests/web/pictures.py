"""Pictures as bytes, as small as their formats allow."""

import struct

SVG_NAMES = 'xmlns="http://www.w3.org/2000/svg"'


def png(width: int = 64, height: int = 32) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(9)


def jpg(width: int = 64, height: int = 32, *, marker: int = 0xC0) -> bytes:
    jfif = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF" + bytes(10)
    tables = b"\xff\xc4" + struct.pack(">H", 4) + bytes(2)
    frame = struct.pack(">BBHBHH", 0xFF, marker, 11, 8, height, width) + bytes(4)
    return b"\xff\xd8" + jfif + tables + frame + b"\xff\xd9"


def webp(kind: bytes, width: int = 64, height: int = 32) -> bytes:
    body = {
        b"VP8X": bytes(4) + _short(width - 1) + _short(height - 1),
        b"VP8L": b"\x2f" + (width - 1 | height - 1 << 14).to_bytes(4, "little"),
        b"VP8 ": bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height),
    }[kind]
    chunk = kind + len(body).to_bytes(4, "little") + body
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


def _short(number: int) -> bytes:
    return number.to_bytes(3, "little")


def svg(attributes: str = 'viewBox="0 0 64 32"', inside: str = "") -> bytes:
    return f"<svg {SVG_NAMES} {attributes}>{inside}</svg>".encode()
