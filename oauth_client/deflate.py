"""Texts for our sealed cookies, made small (RFC 1951): all cookies share 7 KB of a header."""

import zlib


def deflated(text: str, usual: bytes) -> bytes:
    """Compress a text; what stands in `usual` takes next to no room."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=usual)
    return packer.compress(text.encode()) + packer.flush()


def inflated(packed: bytes, usual: bytes) -> str:
    """Return what `deflated` was given. What it packed is ours: the cookie is sealed."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=usual)
    return (unpacker.decompress(packed) + unpacker.flush()).decode()
