"""Which kinds of provider can be added, and what we know of each.

allauth's registry brings the kinds; what a kind needs beyond a plain authorization code flow is
said here. A kind whose needs we do not meet yet is listed with the reason and cannot be added.
"""

import inspect
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter


class Protocol(StrEnum):
    """Which client speaks with a provider: `providers.CLIENTS`."""

    OPENID_CONNECT = "openid_connect"
    GITHUB = "github"
    ALLAUTH = "allauth"  # by allauth's adapter of that provider


class TokenEndpointAuthMethod(StrEnum):
    """How a client secret travels to the token endpoint (RFC 7591 §2, RFC 6749 §2.3.1)."""

    BASIC = "client_secret_basic"  # in the Authorization header
    POST = "client_secret_post"  # in the body


@dataclass(frozen=True)
class Kind:
    """A kind of provider.

    `base_url` is the issuer, or the address of the server; "" where each provider has its own.
    `not_yet` is the reason why it cannot be added, "" when it can. `verified_claim` names the
    member of the profile that says with JSON `true` that the provider has proven the address;
    where it is "", no address counts as proven, whatever allauth's adapter makes of it.
    `token_endpoint_auth_method` holds where the admin chooses none, and None leaves it to allauth.
    """

    id: str
    name: str
    protocol: Protocol = Protocol.ALLAUTH
    base_url: str = ""
    takes_base_url: bool = False
    scope: tuple[str, ...] = ()
    not_yet: str = ""
    verified_claim: str = ""
    token_endpoint_auth_method: TokenEndpointAuthMethod | None = None

    @property
    def needs_base_url(self) -> bool:
        return self.takes_base_url and not self.base_url


OPENID_SCOPE = ("openid", "profile", "email")
FIRST_CLASS = [
    Kind(
        "github",
        "GitHub",
        Protocol.GITHUB,
        base_url="https://github.com",
        takes_base_url=True,
        scope=("user:email",),
        token_endpoint_auth_method=TokenEndpointAuthMethod.POST,
    ),
    Kind(
        "google",
        "Google",
        Protocol.OPENID_CONNECT,
        base_url="https://accounts.google.com",
        takes_base_url=True,
        scope=OPENID_SCOPE,
        token_endpoint_auth_method=TokenEndpointAuthMethod.POST,
    ),
    Kind(
        "openid_connect",
        "OpenID Connect",
        Protocol.OPENID_CONNECT,
        takes_base_url=True,
        scope=OPENID_SCOPE,
        # What a client is registered for that says nothing (OpenID Connect Core §9).
        token_endpoint_auth_method=TokenEndpointAuthMethod.BASIC,
    ),
]
# What a scope shares, as in "Shares your ..."; a scope without words is shown as it is.
SCOPE_WORDS: dict[str, tuple[str, ...]] = {
    "openid": (),  # says who somebody is, as every sign-in does
    "profile": ("name", "picture"),
    "email": ("email address",),
    "user:email": ("name", "picture", "email addresses"),
    "read:user": ("profile",),
    "read:org": ("organisations",),
}


# How kinds that allauth reads say that an address is proven, by their public documentation.
VERIFIED_CLAIMS = {"discord": "verified"}


class UnknownKindError(LookupError):
    """No such kind in the catalogue."""


@cache
def kinds() -> dict[str, Kind]:
    """Return every OAuth 2.0 and OpenID Connect kind by its id, well-known ones first."""
    found = {kind.id: kind for kind in FIRST_CLASS}
    classes = [cls for cls in registry.get_class_list() if issubclass(cls, OAuth2Provider)]
    for cls in sorted(classes, key=lambda cls: str(cls.name).lower()):
        claim = VERIFIED_CLAIMS.get(cls.id, "")
        reason = _reason_not_yet(cls)
        known = Kind(cls.id, str(cls.name), not_yet=reason, verified_claim=claim)
        found.setdefault(cls.id, known)
    return found


def kind(kind_id: str) -> Kind:
    """Return one kind, or raise `UnknownKindError`."""
    try:
        return kinds()[kind_id]
    except KeyError:
        raise UnknownKindError(kind_id) from None


def addable_kinds() -> list[Kind]:
    return [kind for kind in kinds().values() if not kind.not_yet]


def words_for(scope: tuple[str, ...]) -> list[str]:
    """Say in plain words what these scopes share, as a list after "your"."""
    words = [word for name in scope for word in SCOPE_WORDS.get(name, (name,))]
    return list(dict.fromkeys(words)) or ["public profile"]


def _reason_not_yet(cls: type[OAuth2Provider]) -> str:
    """Say what allauth's adapter needs that one generic authorization code flow does not bring."""
    adapter = cls.oauth2_adapter_class
    if not all(_is_fixed_url(adapter, name) for name in ("authorize_url", "access_token_url")):
        return "its endpoints depend on settings of its own"
    own = ("get_access_token_data", "get_client", "parse_token")
    is_own = any(getattr(adapter, name) is not getattr(OAuth2Adapter, name) for name in own)
    if is_own or adapter.client_class is not OAuth2Client:
        return "its token request is not that of RFC 6749"
    return ""


def _is_fixed_url(adapter: type[OAuth2Adapter], name: str) -> bool:
    value = inspect.getattr_static(adapter, name, None)
    return isinstance(value, str) and value.startswith("https://")
