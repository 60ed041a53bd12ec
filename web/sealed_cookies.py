"""Cookies that nobody else can read or make: their texts are compressed, then sealed."""

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from encryption import SealBrokenError, seal, unseal
from web.cookies import cookie_name, cookies_under, set_cookie

# Bits of the window, and size of the tables. To set up the usual 256 KB takes 15 to 100 µs a text;
# these take 6, and a text of a few hundred bytes gets as short (measured 2026-12).
WINDOW, MEMORY = 12, 5


@dataclass(frozen=True)
class SealedCookie:
    """How the texts of one kind of cookie are compressed (RFC 1951) and sealed.

    All our cookies share 7 KB of a header. What is also in `usual` takes next to no room.
    """

    purpose: str
    usual: bytes = b""

    def set(
        self, response: HttpResponse, name: str, *texts: str, max_age: int, context: str = ""
    ) -> None:
        """Set the cookie. Its seal is bound to `context`, by default to the cookie's name.

        Each text is compressed separately. If a text that an attacker may choose were compressed
        together with a secret, the length would reveal something about the secret.
        """
        packed = b""
        for text in texts:
            packer = zlib.compressobj(9, zlib.DEFLATED, -WINDOW, MEMORY, zdict=self.usual)
            packed += packer.compress(text.encode()) + packer.flush()
        sealed = seal(packed, purpose=self.purpose, context=context or cookie_name(name))
        set_cookie(response, name, sealed, max_age=max_age)

    def texts_in(self, request: HttpRequest, prefix: str, context: str = "") -> Iterator[list[str]]:
        """Yield the texts of each cookie with this prefix, except those that we did not seal."""
        for name, value in cookies_under(request, prefix):
            with suppress(SealBrokenError):
                packed = unseal(value, purpose=self.purpose, context=context or name)
                texts = []
                while packed:
                    unpacker = zlib.decompressobj(-zlib.MAX_WBITS, zdict=self.usual)
                    texts.append(unpacker.decompress(packed).decode())
                    packed = unpacker.unused_data
                yield texts
