"""A picture for each person: quarter discs on a mirrored grid, in two colours, always the same."""

import hashlib
import math
import struct
import zlib
from functools import cache

SIZE = 96  # pixels, square
TILES = 3  # tiles in a row
TILE = SIZE // TILES
SHADES = 16  # steps between background and foreground, for smooth edges
COLOURS = (
    ((0xE8, 0xF1, 0xEE), (0x0F, 0x7B, 0x6C)),
    ((0xFD, 0xEF, 0xE3), (0xC8, 0x55, 0x2B)),
    ((0xF3, 0xE9, 0xF6), (0x7B, 0x3F, 0x98)),
    ((0xE6, 0xEE, 0xFA), (0x2B, 0x5F, 0xA8)),
    ((0xFB, 0xF3, 0xD9), (0xA8, 0x7A, 0x12)),
    ((0xFB, 0xE8, 0xEC), (0xB0, 0x34, 0x56)),
)
CORNERS = ((0, 0), (TILE, 0), (TILE, TILE), (0, TILE))  # clockwise
MIRRORED = (1, 0, 3, 2)  # a corner's counterpart in the other half


@cache
def avatar(person_id: str, number: int) -> bytes:
    """Return a PNG; `number` chooses the colours, the id the pattern."""
    seed = hashlib.sha256(person_id.encode()).digest()
    corners = [[seed[row * 2 + column] % 4 for column in range(2)] for row in range(TILES)]
    rows = (b"\0" + bytes(_shade(corners, x, y) for x in range(SIZE)) for y in range(SIZE))
    return _png(b"".join(rows), _palette(*COLOURS[number % len(COLOURS)]))


def _shade(corners: list[list[int]], x: int, y: int) -> int:
    """Return how much of the pixel the quarter disc of its tile covers."""
    row, column = y // TILE, x // TILE
    corner = MIRRORED[corners[row][0]] if column == 2 else corners[row][column]
    centre_x, centre_y = CORNERS[corner]
    distance = math.hypot(x % TILE + 0.5 - centre_x, y % TILE + 0.5 - centre_y)
    return round(min(max(TILE - distance, 0), 1) * (SHADES - 1))


def _palette(back: tuple[int, ...], front: tuple[int, ...]) -> bytes:
    steps = (step / (SHADES - 1) for step in range(SHADES))
    return bytes(
        round(dark + (light - dark) * step)
        for step in steps
        for dark, light in zip(back, front, strict=True)
    )


def _png(scanlines: bytes, palette: bytes) -> bytes:
    """Assemble an image of 8-bit palette indices (PNG, third edition §11.2)."""
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(scanlines)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
