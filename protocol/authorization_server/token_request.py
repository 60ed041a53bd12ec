"""The access token request, as an app sends it (RFC 6749 §4.1.3 and §6, RFC 7636 §4.5)."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.parameters import Parameters, once
from protocol.authorization_server.resources import resources_of
from protocol.jws import base64url

KNOWN = ("grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 §4.1


@dataclass(frozen=True)
class CodeExchange:
    """The app brings a code."""

    code: str = field(repr=False)
    redirect_uri: str
    code_verifier: str = field(repr=False)
    resources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refresh:
    """The app brings a refresh token."""

    refresh_token: str = field(repr=False)
    scope: tuple[str, ...] = ()  # empty: as granted
    resources: tuple[str, ...] = ()


def token_request(parameters: Parameters) -> CodeExchange | Refresh:
    """Read what the app asks for. An extra `scope` beside a code is ignored."""
    found = once(parameters, KNOWN)
    resources = resources_of(parameters)
    match found.get("grant_type"):
        case "authorization_code":
            if "code" not in found:
                raise RefusedRequestError(Refusal.CODE_MISSING)
            verifier = found.get("code_verifier", "")
            return CodeExchange(found["code"], found.get("redirect_uri", ""), verifier, resources)
        case "refresh_token":
            if "refresh_token" not in found:
                raise RefusedRequestError(Refusal.REFRESH_TOKEN_MISSING)
            scope = tuple(dict.fromkeys(found.get("scope", "").split()))
            return Refresh(found["refresh_token"], scope, resources)
        case None:
            raise RefusedRequestError(Refusal.GRANT_TYPE_MISSING)
    raise RefusedRequestError(Refusal.GRANT_TYPE)


def check_verifier(challenge: str, verifier: str) -> None:
    """Compare the verifier with the challenge (RFC 7636 §4.6). Neither goes without the other."""
    if not challenge and not verifier:
        return
    if not challenge:
        raise RefusedRequestError(Refusal.VERIFIER_UNASKED)
    if not verifier:
        raise RefusedRequestError(Refusal.VERIFIER_MISSING)
    digest = base64url.encode(hashlib.sha256(verifier.encode()).digest())
    if not VERIFIER.fullmatch(verifier) or not secrets.compare_digest(digest, challenge):
        raise RefusedRequestError(Refusal.VERIFIER_WRONG)


def at_hash(access_token: str) -> str:
    """Return the hash that ties an ID token of RS256 to it (OpenID Connect Core §3.1.3.6)."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64url.encode(digest[: len(digest) // 2])
