"""What of a message may be kept and shown, and which secrets are in it.

Only the length of a value is shown, unless its name is harmless. A provider may still put a secret
anywhere: into a path, into the name of a member, into a scope. So the secrets of all messages of a
sign-in are masked in whatever is shown. Nothing is judged here: the steps do that, strictly.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, unquote_plus

import requests

from protocol import token_body

SHOWN = frozenset(
    {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "code_challenge_method",
        "prompt",
        "max_age",
        "iss",
        "grant_type",
        "token_type",
        "expires_in",
    }
)
MAX_SHOWN = 200  # characters of such a value
MAX_NAMES = 60  # of one message; a provider may put any number of members into an answer
SCHEMES = ("Bearer", "Basic")
FORMS = (token_body.FORM, token_body.TEXT)  # in which some token endpoints answer
MASK = "***"
SHORT = 8  # characters; a shorter secret is masked only where no letter or digit is beside it
PIECE = 12  # characters of a part of a secret that is one too, where an address cuts it
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")  # RFC 3986 §2.3
IN_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"  # what `requests` leaves as it is
# Of members and parameters that are secret: access_token, client_secret, code_verifier ...
SECRET_NAMES = re.compile(r"(token|secret|assertion|password|verifier)$", re.IGNORECASE)


class Parameter(NamedTuple):
    """A parameter of a message, its value as it may be shown: "" where there is nothing to say."""

    name: str
    value: str = ""


class KnownSecrets:
    """Values that must not be written down, in each of the forms in which they travel."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._forms: set[str] = set()

    def learn(self, *values: object) -> None:
        """Take note of secrets; what is no text, or empty, is none."""
        for value in values:
            if isinstance(value, str) and value and value not in self._values:
                self._values.add(value)
                self._forms.update(_forms(value))

    def masked(self, text: str) -> str:
        """Return the text without any of them."""
        return self.mask_for(text)(text)

    def mask_for(self, text: str) -> Callable[[str], str]:
        """Return what masks them in the parts of this text, which is searched once."""
        found = sorted([form for form in self._forms if form in text], key=len, reverse=True)
        return partial(_without, found) if found else str


def parameters(members: Mapping[str, object]) -> tuple[Parameter, ...]:
    """Return what may be shown of each member, with no secret masked yet."""
    shown = list(members.items())[:MAX_NAMES]
    return tuple([Parameter(name, redacted(name, value)) for name, value in shown])


def redacted(name: str, value: object) -> str:
    """Return a value that is harmless by its name, or else how long it is."""
    if name in SHOWN and type(value) in (str, int) and len(str(value)) <= MAX_SHOWN:
        return str(value)
    return f"{len(value)} characters, not shown" if isinstance(value, str) else "not shown"


def authorization(header: str) -> Parameter:
    """Return what may be shown of an Authorization header: its scheme."""
    scheme, _, credentials = header.partition(" ")
    if scheme not in SCHEMES:
        return Parameter("Authorization", redacted("Authorization", header))
    return Parameter("Authorization", f"{scheme}, {redacted('Authorization', credentials)}")


def parameters_of_request(request: requests.PreparedRequest) -> dict[str, str]:
    """Return the parameters of a request, those in its address and those in its body."""
    query = (request.url or "").partition("#")[0].partition("?")[2]
    body = request.body if isinstance(request.body, str) else ""
    return _form(query) | _form(body)


def members_of_answer(response: requests.Response | None) -> dict[str, Any]:
    """Return the members of a JSON object or a form; of any other body nothing."""
    if response is None:
        return {}
    try:
        value = json.loads(response.content, parse_constant=int)  # no NaN and no Infinity
    except (ValueError, RecursionError):
        is_form = response.headers.get("Content-Type", "").lower().startswith(FORMS)
        return _form(response.content.decode("ascii", "replace")) if is_form else {}
    return value if isinstance(value, dict) else {}


def secret_values(members: Mapping[str, object], depth: int = 2) -> Iterator[object]:
    """Give what is a secret by the name of its parameter or member, two objects deep."""
    for name, value in members.items():
        if isinstance(value, dict) and depth:
            yield from secret_values(value, depth - 1)
        elif SECRET_NAMES.search(name):
            yield value


def credentials_of(header: str) -> Iterable[str]:
    """Return what is secret in an Authorization header: what it has, and the password in that."""
    scheme, _, credentials = header.partition(" ")
    if scheme != "Basic":
        return (credentials,)
    try:
        pair = base64.b64decode(credentials).decode("ascii", "replace")
    except binascii.Error:
        return (credentials,)
    return (credentials, unquote_plus(pair.partition(":")[2]))


def _form(encoded: str) -> dict[str, str]:
    """Read a form (url.spec.whatwg.org, 5.1). `parse_qsl` would refuse or drop some of it."""
    if not encoded:
        return {}
    pairs = [part.partition("=") for part in encoded.split("&")]
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs if value}


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


def _without(forms: Iterable[str], text: str) -> str:
    """Mask the forms, the longest of which comes first."""
    for form in forms:
        if len(form) >= SHORT:
            text = text.replace(form, MASK)
        else:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])", MASK, text)
    return text
