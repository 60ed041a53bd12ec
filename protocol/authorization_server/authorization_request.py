"""The authorization request, as an app sends it (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.parameters import Parameters, once
from protocol.authorization_server.resources import resources_of

KNOWN = """
    client_id redirect_uri response_type response_mode scope state nonce code_challenge
    code_challenge_method prompt max_age id_token_hint login_hint ui_locales provider_hint
    request request_uri registration
""".split()  # noqa: SIM905 - read as a list of words
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7636 §4.2: S256 makes no other
NONCE_LENGTH = 500  # characters; no RFC has a limit, and the longest that we know is under 200
SECONDS = re.compile(r"[0-9]{1,9}")


class Pkce(StrEnum):
    """How a code is tied to the app that asked for it (RFC 9700 §2.1.1)."""

    REQUIRED = "required"
    NONCE = "nonce"  # for a client with a secret that cannot: its nonce instead
    NEITHER = "neither"  # for a client with a secret that sends neither


class Prompt(StrEnum):
    """What the app wants the person to be asked (OpenID Connect Core §3.1.2.1)."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


@dataclass(frozen=True)
class Destination:
    """Where the answer goes, and what comes back with it. Both were checked against the app."""

    redirect_uri: str
    state: str
    response_mode: str = "query"


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request that may be answered. Whether its person may use the app is not checked here."""

    destination: Destination
    scope: tuple[str, ...]  # as it was asked for
    resources: tuple[str, ...]
    nonce: str
    code_challenge: str  # S256; "" for none
    prompt: frozenset[Prompt]
    max_age: int | None  # seconds
    id_token_hint: str
    provider_hint: str


def client_of(parameters: Parameters) -> str:
    """Return the `client_id`, "" if there is none."""
    return once(parameters, ("client_id",)).get("client_id", "")


def destination_of(parameters: Parameters) -> Destination:
    """Return where the answer would go. The caller has to compare `redirect_uri` before it goes.

    A `response_mode` that we do not know counts as the query: an error has to be told somehow.
    """
    found = once(parameters, ("redirect_uri", "state", "response_mode"))
    if "redirect_uri" not in found:
        raise RefusedRequestError(Refusal.REDIRECT_URI_MISSING)
    mode = "form_post" if found.get("response_mode") == "form_post" else "query"
    return Destination(found["redirect_uri"], found.get("state", ""), mode)


def authorization_request(
    parameters: Parameters, destination: Destination, pkce: Pkce
) -> AuthorizationRequest:
    """Judge a request whose destination is registered. Raises `RefusedRequestError` for the app."""
    found = once(parameters, KNOWN)
    _check_form(found)
    max_age = found.get("max_age")
    if max_age is not None and not SECONDS.fullmatch(max_age):
        raise RefusedRequestError(Refusal.MAX_AGE)
    return AuthorizationRequest(
        destination,
        scope=tuple(dict.fromkeys(found.get("scope", "").split())),
        resources=resources_of(parameters),
        nonce=_nonce(found),
        code_challenge=_challenge(found, pkce),
        prompt=_prompt(found),
        max_age=None if max_age is None else int(max_age),
        id_token_hint=found.get("id_token_hint", ""),
        provider_hint=found.get("provider_hint", ""),
    )


def _check_form(found: Mapping[str, str]) -> None:
    """Refuse what we do not support (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6)."""
    if "request" in found:
        raise RefusedRequestError(Refusal.REQUEST_OBJECT)
    if "request_uri" in found:
        raise RefusedRequestError(Refusal.REQUEST_URI)
    if "response_type" not in found:
        raise RefusedRequestError(Refusal.RESPONSE_TYPE_MISSING)
    if found["response_type"] != "code":
        raise RefusedRequestError(Refusal.RESPONSE_TYPE)
    if found.get("response_mode", "query") not in ("query", "form_post"):
        raise RefusedRequestError(Refusal.RESPONSE_MODE)


def _nonce(found: Mapping[str, str]) -> str:
    """Return the nonce, which the ID token repeats unmodified (OpenID Connect Core §2)."""
    nonce = found.get("nonce", "")
    if len(nonce) > NONCE_LENGTH:
        raise RefusedRequestError(Refusal.TOO_LONG)
    return nonce


def _challenge(found: Mapping[str, str], pkce: Pkce) -> str:
    """Return the code challenge (RFC 7636 §4.3). `plain`, also by default, is refused."""
    if challenge := found.get("code_challenge", ""):
        is_s256 = found.get("code_challenge_method") == "S256"
        if not is_s256 or not CHALLENGE.fullmatch(challenge):
            raise RefusedRequestError(Refusal.PKCE_METHOD)
    elif pkce is Pkce.REQUIRED:
        raise RefusedRequestError(Refusal.PKCE_MISSING)
    elif pkce is Pkce.NONCE and not found.get("nonce"):
        raise RefusedRequestError(Refusal.NONCE_MISSING)
    return challenge


def _prompt(found: Mapping[str, str]) -> frozenset[Prompt]:
    """Return the values that we know; others are ignored, but not beside `none`."""
    words = found.get("prompt", "").split()
    if Prompt.NONE in words and len(words) > 1:
        raise RefusedRequestError(Refusal.PROMPT)
    return frozenset(Prompt(word) for word in words if word in Prompt.__members__.values())
