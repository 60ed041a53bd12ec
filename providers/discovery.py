"""Fetch and keep what an issuer publishes (OpenID Connect Discovery §4), in each process."""

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from outgoing import AddressPolicy, json_object, session_for
from protocol.absent_values import DISCOVERY, told
from protocol.discovery_address import document_of
from protocol.errors import AuthorizationRequestError, ErrorCode, OutgoingError
from protocol.flow import AuthorizationServer
from protocol.jwks import KeySet, ProviderKey
from providers.remembered import LIFETIME, Remembered

# Seconds between two fetches because of an unknown `kid` or a bad signature. A flood of forged
# tokens costs an issuer six requests a minute.
KEYS_COOLDOWN = 10
REQUIRED_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
OPTIONAL_ENDPOINTS = ("userinfo_endpoint", "revocation_endpoint")


@dataclass(frozen=True)
class Issuer:
    """An issuer, with the connections and the allowed addresses of one provider.

    `url` is what the admin entered: the issuer, or the address of its document. `names` are the
    names that it may have. If its endpoints are `known`, we fetch no document.
    """

    url: str
    provider: str
    policy: AddressPolicy
    names: tuple[str, ...]
    known: AuthorizationServer | None = None

    def server(self) -> AuthorizationServer:
        """Return the issuer's endpoints. The document is fetched once an hour."""
        return self.known or _metadata(self).get()

    def keys_for(self, header: Mapping[str, Any]) -> Iterator[ProviderKey]:
        """Yield the keys that the header of a token can mean, until the caller has the right one.

        If none is right, the keys are fetched once more. One request serves all visitors, at most
        every 10 s.
        """
        keys, started_at = _keys(self), time.monotonic()
        tried: set[ProviderKey] = set()
        for key_set in (keys.get, partial(keys.get_newer, started_at, KEYS_COOLDOWN)):
            fitting = key_set().fitting(header, time.monotonic())
            yield from (each for each in fitting if each not in tried)
            tried.update(fitting)

    def prepare(self) -> None:
        """Fetch all that a sign-in needs to know about the issuer."""
        self.server()
        _keys(self).get()


def authorization_server(metadata: Mapping[str, Any], *names: str) -> AuthorizationServer:
    """Read a discovery document (§3). It counts only if it names this issuer (§4.3).

    An endpoint is an https address, or http if the issuer itself is.
    """
    document = told(DISCOVERY, metadata)
    issuer = document.get("issuer")
    if not isinstance(issuer, str) or issuer not in names:
        raise AuthorizationRequestError(ErrorCode.ISSUER_MISMATCH, "issuer of the discovery")
    schemes = ("https://", issuer.partition("//")[0])
    urls = {name: document.get(name) for name in (*REQUIRED_ENDPOINTS, *OPTIONAL_ENDPOINTS)}
    found = {
        name: url for name, url in urls.items() if is_endpoint(url) and url.startswith(schemes)
    }
    for name in REQUIRED_ENDPOINTS:
        if name not in found:
            raise AuthorizationRequestError(ErrorCode.DISCOVERY_INVALID, f"no {name}")
    promises_iss = "authorization_response_iss_parameter_supported" in document
    return AuthorizationServer(issuer=issuer, promises_iss=promises_iss, **found)


def is_endpoint(value: object) -> TypeGuard[str]:
    """Tell whether `value` is an http or https address that can take parameters."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
        has_port = parts.port != 0  # raises ValueError if it is no port
    except ValueError:
        return False
    is_web = parts.scheme in ("https", "http") and bool(parts.hostname) and has_port
    is_ambiguous = "@" in parts.netloc or set(" \\") & set(parts.netloc + parts.path)
    return is_web and not parts.fragment and not is_ambiguous


def forget() -> None:
    """Forget all documents and keys."""
    _metadata.cache_clear()
    _keys.cache_clear()


@lru_cache(maxsize=256)
def _metadata(issuer: Issuer) -> Remembered[AuthorizationServer]:
    def fetch() -> AuthorizationServer:
        document = _fetch(issuer, document_of(issuer.url))
        return authorization_server(document, *issuer.names)

    return Remembered(fetch, partial(_place, issuer))


@lru_cache(maxsize=256)
def _keys(issuer: Issuer) -> Remembered[KeySet]:
    known = KeySet()

    def fetch() -> KeySet:
        nonlocal known
        known = known.followed_by(_jwk_set(issuer), time.monotonic(), LIFETIME)
        return known

    return Remembered(fetch, partial(_place, issuer))


def _place(issuer: Issuer) -> AbstractContextManager[None]:
    """Count a waiting thread. A provider may hold only a limited number of threads."""
    session = session_for(issuer.provider, issuer.policy)
    return session.place(urlsplit(issuer.url).hostname or "")


def _jwk_set(issuer: Issuer) -> dict[str, Any]:
    """Fetch the keys. If that fails, look once whether the document names another address."""
    jwks_uri = issuer.server().jwks_uri
    try:
        return _fetch(issuer, jwks_uri)
    except OutgoingError:
        server = issuer.known or _metadata(issuer).get_newer(time.monotonic(), KEYS_COOLDOWN)
        if server.jwks_uri == jwks_uri:
            raise
    return _fetch(issuer, server.jwks_uri)


def _fetch(issuer: Issuer, url: str) -> dict[str, Any]:
    """Fetch over separate connections: waiting threads may hold all places of the usual ones."""
    session = session_for(f"{issuer.provider} documents", issuer.policy)
    response = session.get(url, headers={"Accept": "application/json"})
    if response.status_code != 200:
        detail = f"the issuer answers {response.status_code}"
        raise OutgoingError(ErrorCode.DISCOVERY_UNREACHABLE, detail)
    return json_object(response)
