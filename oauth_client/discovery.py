"""What an issuer says about itself (OpenID Connect Discovery §4), kept per process."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

from oauth_client.errors import AuthorizationRequestError, ErrorCode, OutgoingError
from oauth_client.flow import AuthorizationServer
from oauth_client.jwks import ProviderKey, find_key, usable_keys
from oauth_client.outgoing import AddressPolicy, json_object, session_for
from oauth_client.remembered import Remembered

METADATA_LIFETIME = 3600  # seconds
KEYS_LIFETIME = 3600  # seconds
# Seconds between two fetches for a `kid` that is not known: a flood of made-up ones costs an issuer
# six requests a minute, and nobody who signs in just after a rotation is refused for longer.
KEYS_COOLDOWN = 10
REQUIRED_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Issuer:
    """An issuer as one provider row reaches it: by whose connections, to which addresses.

    `names` are what it may call itself, () for its URL. One whose endpoints are `known` is not
    asked for them.
    """

    url: str
    provider: str
    policy: AddressPolicy
    names: tuple[str, ...] = ()
    known: AuthorizationServer | None = None

    def server(self) -> AuthorizationServer:
        """Return the issuer's endpoints; the document is fetched once an hour."""
        return self.known or _metadata(self).get()

    def key_for(self, header: Mapping[str, Any]) -> ProviderKey | None:
        """Return the key for an ID token; one that is not known is looked for every 10 s."""
        keys = _keys(self)
        return find_key(keys.get(), header) or find_key(keys.get_newer(KEYS_COOLDOWN), header)

    def prepare(self) -> None:
        """Fetch all that a sign-in needs to know of the issuer, so that no visitor waits for it."""
        self.server()
        _keys(self).get()


def authorization_server(metadata: Mapping[str, Any], *names: str) -> AuthorizationServer:
    """Read a discovery document (§3); it counts only if it is this very issuer's (§4.3)."""
    issuer = metadata.get("issuer")
    if not isinstance(issuer, str) or issuer not in names:
        raise AuthorizationRequestError(ErrorCode.ISSUER_MISMATCH, "issuer of the discovery")
    for name in REQUIRED_ENDPOINTS:
        if not _is_url(metadata.get(name), issuer):
            raise AuthorizationRequestError(ErrorCode.DISCOVERY_INVALID, f"no {name}")
    optional = {name: metadata.get(name) for name in ("userinfo_endpoint", "revocation_endpoint")}
    return AuthorizationServer(
        authorization_endpoint=metadata["authorization_endpoint"],
        token_endpoint=metadata["token_endpoint"],
        issuer=issuer,
        jwks_uri=metadata["jwks_uri"],
        promises_iss=metadata.get("authorization_response_iss_parameter_supported") is True,
        **{name: str(url) for name, url in optional.items() if _is_url(url, issuer)},
    )


def forget() -> None:
    """Fetch everything anew at the next use."""
    _metadata.cache_clear()
    _keys.cache_clear()


@lru_cache(maxsize=256)
def _metadata(issuer: Issuer) -> Remembered[AuthorizationServer]:
    return Remembered(partial(_fetch_metadata, issuer), METADATA_LIFETIME, partial(_place, issuer))


@lru_cache(maxsize=256)
def _keys(issuer: Issuer) -> Remembered[list[ProviderKey]]:
    return Remembered(partial(_fetch_keys, issuer), KEYS_LIFETIME, partial(_place, issuer))


def _place(issuer: Issuer) -> AbstractContextManager[None]:
    """Count whoever waits for a document among the threads that the provider may keep."""
    session = session_for(issuer.provider, issuer.policy)
    return session.place(urlsplit(issuer.url).hostname or "")


def _fetch_metadata(issuer: Issuer) -> AuthorizationServer:
    document = _fetch(issuer, f"{issuer.url.rstrip('/')}/.well-known/openid-configuration")
    return authorization_server(document, *(issuer.names or (issuer.url,)))


def _fetch_keys(issuer: Issuer) -> list[ProviderKey]:
    return usable_keys(_fetch(issuer, issuer.server().jwks_uri))


def _fetch(issuer: Issuer, url: str) -> dict[str, Any]:
    """Fetch over connections of its own: those who wait have taken the places of the others."""
    session = session_for(f"{issuer.provider} documents", issuer.policy)
    response = session.get(url, headers={"Accept": "application/json"})
    if response.status_code != 200:
        detail = f"the issuer answers {response.status_code}"
        raise OutgoingError(ErrorCode.PROVIDER_NOT_READY, detail)
    return json_object(response)


def is_endpoint(value: object) -> bool:
    """Tell whether `value` is an http or https address to which parameters can be added."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    is_web = parts.scheme in ("https", "http") and bool(parts.hostname)
    return is_web and not parts.fragment and not set(" @\\") & set(parts.netloc + parts.path)


def _is_url(value: object, issuer: str) -> bool:
    """Tell whether `value` is an https address; http only where the issuer itself is."""
    return is_endpoint(value) and str(value).startswith(("https://", issuer.partition("//")[0]))
