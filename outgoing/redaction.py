"""Which parts of a message may be kept and shown, and which secrets are in it.

We show only the length of a value, unless its name is known to be harmless. But a provider may put
a secret anywhere: into a path, a scope or the name of a member. So we collect the secrets of all
messages of a sign-in, and mask them in everything that is shown.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus

import requests

from protocol.form_encoding import UNRESERVED
from protocol.token_response import FORM, TEXT

SHOWN = {
    *("response_type", "client_id", "redirect_uri", "scope", "code_challenge_method", "prompt"),
    *("max_age", "iss", "grant_type", "token_type", "expires_in"),
}
MAX_SHOWN = 200  # characters of such a value
MAX_NAMES = 60  # of one message; a provider may put any number of members into an answer
MASK = "***"
SHORT = 8  # characters; a shorter secret is masked only if no letter or digit is beside it
PIECE = 12  # characters; a part of a secret that is this long is masked too: addresses cut secrets
IN_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"  # what `requests` leaves as it is
LONE = "surrogatepass"  # half characters may be in a secret
ENCODING_SIGNS = "%+\\&"  # if an encoding has changed a text, one of these is in it
# How the names of secret members and parameters end: access_token, client_secret ...
SECRET_NAMES = ("token", "secret", "assertion", "password", "verifier")


class Parameter(NamedTuple):
    """A parameter of a message, and its value as it may be shown."""

    name: str
    value: str = ""


def forms_in(text: str, secrets: Iterable[str]) -> list[str]:
    """Return the forms of secrets that are in a text, the longest first."""
    is_encoded = any(sign in text for sign in ENCODING_SIGNS)
    forms: set[str] = set()
    for secret in filter(None, secrets):
        forms |= {secret, binascii.b2a_base64(secret.encode("utf-8", LONE)).decode().rstrip("=\n")}
        if not UNRESERVED.fullmatch(secret):  # an address may cut it
            forms.update(part for part in re.split("[/?#&]", secret) if len(part) >= PIECE)
        if is_encoded:
            forms.update(_encoded_forms(secret))
    return sorted([form for form in forms if form in text], key=len, reverse=True)


def masked(text: str, forms: Iterable[str]) -> str:
    """Mask the forms in a text. Where two overlap, the longer one has to come first."""
    for form in forms:
        if len(form) >= SHORT:
            text = text.replace(form, MASK)
        else:
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(form)}(?![A-Za-z0-9])", MASK, text)
    return text


def parameters(members: Mapping[str, object]) -> tuple[Parameter, ...]:
    """Return what may be shown of each member. Secrets in it are not masked yet."""
    shown = []
    for name in [*members][:MAX_NAMES]:
        value, text = members[name], "not shown"
        if name in SHOWN and type(value) in (str, int) and len(str(value)) <= MAX_SHOWN:
            text = str(value)
        elif isinstance(value, str):
            text = f"{len(value)} characters, not shown"
        shown.append(Parameter(name, text))
    return tuple(shown)


def shown_authorization(header: str) -> tuple[tuple[Parameter, ...], list[str]]:
    """Return the part of an Authorization header that may be shown, and the secrets in it."""
    if not header:
        return (), []
    scheme, _, credentials = header.partition(" ")
    shown = f"{len(header)} characters, not shown"
    if scheme in ("Bearer", "Basic"):
        shown = f"{scheme}, {len(credentials)} characters, not shown"
    secrets = [credentials]
    if scheme == "Basic":  # where the password alone is a secret too
        with suppress(binascii.Error):
            pair = base64.b64decode(credentials).decode("ascii", "replace")
            secrets.append(unquote_plus(pair.partition(":")[2]))
    return (Parameter("Authorization", shown),), secrets


def members_of_answer(response: requests.Response) -> dict[str, Any]:
    """Return the members of a JSON object or a form; of any other body nothing."""
    try:
        value = json.loads(response.content)
    except (ValueError, RecursionError):  # some token endpoints send a form, also as text
        is_form = response.headers.get("Content-Type", "").lower().startswith((FORM, TEXT))
        return dict(parse_qsl(response.content.decode("ascii", "replace"))) if is_form else {}
    return value if isinstance(value, dict) else {}


def secret_values(members: Mapping[str, object], depth: int = 2) -> Iterator[str]:
    """Yield the texts whose name marks them as secret. Look two objects deep."""
    for name, value in members.items():
        if isinstance(value, dict) and depth:
            yield from secret_values(value, depth - 1)
        elif isinstance(value, str) and name.lower().endswith(SECRET_NAMES):
            yield value


def _encoded_forms(value: str) -> Iterator[str]:
    """Yield the value as addresses, forms, JSON and HTML have it."""
    for safe in ("", "/", IN_ADDRESSES):
        quoted = quote(value, safe=safe, errors=LONE)
        yield from (quoted, re.sub("%[0-9A-F]{2}", lambda sign: sign[0].lower(), quoted))
    yield quote_plus(value, errors=LONE)
    yield json.dumps(value)[1:-1]
    yield html.escape(value)
