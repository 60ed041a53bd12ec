"""The secrets that are known in one sign-in, and how they are masked wherever they occur.

What is noted of a message is harmless by its name, but a provider may put a secret anywhere: into
the path of an address, into the name of a member, or into a scope.
"""

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

MASK = "***"
SHORT = 8  # characters, below which a secret is looked for between signs that are no letters
PIECE = 12  # characters of a part of a secret that is one too, where an address cuts it
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")  # RFC 3986 §2.3
IN_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"  # what `requests` leaves as it is
# Of members and parameters that are secret: access_token, client_secret, code_verifier ...
NAMES = re.compile(r"(token|secret|assertion|password|verifier)$", re.IGNORECASE)


class KnownSecrets:
    """Values that must not be written down, in each of the forms in which they travel."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._forms: set[str] = set()

    def learn(self, *values: object) -> bool:
        """Take note of secrets; what is no text, or empty, is none. Tells whether any is new."""
        new = {value for value in values if isinstance(value, str) and value} - self._values
        self._values |= new
        for value in new:
            self._forms.update(_forms(value))
        return bool(new)

    def masked(self, text: str) -> str:
        """Return the text without any of them."""
        found = sorted((form for form in self._forms if form in text), key=len, reverse=True)
        for form in found:
            text = _without(text, form)
        return text


def _forms(value: str) -> Iterator[str]:
    """Give the forms in which a value travels; most are made of signs that no encoding touches."""
    yield value
    in_base64 = base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()
    yield from (in_base64, in_base64.rstrip("="))
    if not UNRESERVED.fullmatch(value):
        yield from _encoded(value)


def _encoded(value: str) -> Iterator[str]:
    yield from (piece for piece in re.split("[/?#&]", value) if len(piece) >= PIECE)
    for safe in ("", "/", IN_ADDRESSES):
        quoted = quote(value, safe=safe, errors="surrogatepass")
        yield from (quoted, re.sub("%[0-9A-F]{2}", lambda sign: sign[0].lower(), quoted))
    yield quote_plus(value, errors="surrogatepass")
    yield json.dumps(value)[1:-1]
    yield html.escape(value)


def _without(text: str, form: str) -> str:
    if len(form) >= SHORT:
        return text.replace(form, MASK)
    return re.sub(rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])", MASK, text)


def secret_values(members: Mapping[str, object], depth: int = 2) -> Iterator[object]:
    """Give what is a secret by the name of its parameter or member, two objects deep."""
    for name, value in members.items():
        if isinstance(value, dict) and depth:
            yield from secret_values(value, depth - 1)
        elif NAMES.search(name):
            yield value
