"""The kinds that allauth's registry brings, with what we know of some of them."""

import inspect
from collections.abc import Iterator
from typing import Any

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter

from oauth_client.catalogue.entry import Kind

# Why these cannot be added yet: they need messages of their own in the flow, or say of nobody who
# it is by an id that is never another person's (what allauth goes by: an address, a name, a time).
NO_ID = "it names people by what can change or become another person's"
NOT_YET = {
    **dict.fromkeys(("agave", "bitly", "drip", "edx", "exist", "hubic", "jupyterhub"), NO_ID),
    "coinbase": "its API is not given the access token in a way that it documents",
    "dingtalk": "it answers with authCode in place of code, and wants JSON at its token endpoint",
    "feishu": "it wants another token, of the app itself, before the code can be redeemed",
    "notion": "it wants JSON at its token endpoint",
    "shopify": "each shop has endpoints of its own, which the visitor would have to name",
    "untappd": "it wants the client secret in the address of the token endpoint",
    "vk": "it wants a device_id at its token endpoint, which comes with the code",
    "weixin": "it wants the client secret in the address of the token endpoint",
}
# The least that signing in needs, where that is less than allauth's default or is said by nobody.
SCOPES: dict[str, tuple[str, ...]] = {
    "authentiq": ("aq:name", "email"),
    "bitbucket_oauth2": ("account", "email"),
    "discord": ("identify", "email"),
    "frontier": ("auth",),
    "globus": ("openid", "profile", "email"),
    "gumroad": ("view_profile",),
    "quickbooks": ("openid", "profile", "email"),
    "strava": ("read",),
    "tiktok": ("user.info.basic",),
    "vimeo_oauth2": ("public",),
}
# How they say that an address is proven, by their public documentation (2026-11): Discord's user
# object, Dropbox's get_current_account, Patreon's user attributes. Not here: Zoom's `verified` is a
# number, Facebook's is about the person, and Kakao's counts only beside another member.
VERIFIED_CLAIMS = {
    "discord": "verified",
    "dropbox": "email_verified",
    "patreon": "attributes.is_email_verified",
}
# An account's id, where allauth goes by its name (2026-11, reddit.com/dev/api, /api/v1/me).
SUB_CLAIMS = {"reddit": ("id",)}
# Addresses that allauth would take from settings, the request or a sandbox.
ENDPOINTS: dict[str, tuple[tuple[str, str], ...]] = {
    "agave": (
        ("access_token_url", "{base_url}/token"),
        ("authorize_url", "{base_url}/authorize"),
        ("profile_url", "{base_url}/profiles/v2/me"),
    ),
    "battlenet": (
        ("battlenet_region", "us"),
        ("authorize_url", "https://oauth.battle.net/authorize"),
        ("access_token_url", "https://oauth.battle.net/token"),
        ("profile_url", "https://oauth.battle.net/userinfo"),
    ),
    "edx": (
        ("provider_base_url", "{base_url}"),
        ("access_token_url", "{base_url}/oauth2/access_token"),
        ("authorize_url", "{base_url}/oauth2/authorize/"),
        ("profile_url", "{base_url}/api/user/v1/me"),
    ),
    "gumroad": (
        ("access_token_url", "https://gumroad.com/oauth/token"),
        ("authorize_url", "https://gumroad.com/oauth/authorize"),
    ),
    "jupyterhub": (
        ("access_token_url", "{base_url}/hub/api/oauth2/token"),
        ("authorize_url", "{base_url}/hub/api/oauth2/authorize"),
        ("profile_url", "{base_url}/hub/api/user"),
    ),
    "mailcow": (
        ("access_token_url", "{base_url}/oauth/token"),
        ("authorize_url", "{base_url}/oauth/authorize"),
        ("profile_url", "{base_url}/oauth/profile"),
    ),
    "mediawiki": (
        ("access_token_url", "{base_url}/oauth2/access_token"),
        ("authorize_url", "{base_url}/oauth2/authorize"),
        ("profile_url", "{base_url}/oauth2/resource/profile"),
    ),
    "paypal": (
        (
            "authorize_url",
            "https://www.paypal.com/webapps/auth/protocol/openidconnect/v1/authorize",
        ),
        ("access_token_url", "https://api.paypal.com/v1/identity/openidconnect/tokenservice"),
        ("profile_url", "https://api.paypal.com/v1/identity/openidconnect/userinfo"),
    ),
    "robinhood": (
        ("authorize_url", "https://www.robinhood.com/oauth2/authorize/"),
        ("access_token_url", "https://api.robinhood.com/oauth2/token/"),
        ("profile_url", "https://api.robinhood.com/user/id/"),
    ),
    "trainingpeaks": (
        ("authorize_url", "https://oauth.trainingpeaks.com/OAuth/Authorize"),
        ("access_token_url", "https://oauth.trainingpeaks.com/oauth/token"),
        ("profile_url", "https://api.trainingpeaks.com/v1/athlete/profile"),
    ),
}
# Kinds of `{base_url}`: where it is unless the admin says otherwise, "" for a server of one's own.
BASE_URLS = {
    "agave": "https://public.agaveapi.co",
    "edx": "https://edx.org",
    "jupyterhub": "",
    "mailcow": "",
    "mediawiki": "https://meta.wikimedia.org/w/rest.php",
}
# Which members of a profile to ask for: no more than a person is made of.
SETTINGS: dict[str, tuple[tuple[str, object], ...]] = {
    "facebook": (("FIELDS", ("id", "name", "email")),),
    "twitter_oauth2": (("FIELDS", ("id", "name", "username", "profile_image_url")),),
}
CLIENT_ID_PARAMETERS = {"tiktok": "client_key"}  # 2026-11, developers.tiktok.com, Login Kit for Web


def kinds_of_allauth() -> Iterator[Kind]:
    """Give every OAuth 2.0 kind of the registry, by name."""
    classes = [cls for cls in registry.get_class_list() if issubclass(cls, OAuth2Provider)]
    for cls in sorted(classes, key=lambda cls: str(cls.name).lower()):
        yield _kind(cls)


def _kind(cls: type[OAuth2Provider]) -> Kind:
    return Kind(
        cls.id,
        str(cls.name),
        base_url=BASE_URLS.get(cls.id, ""),
        takes_base_url=cls.id in BASE_URLS,
        scope=SCOPES.get(cls.id) or _default_scope(cls),
        not_yet=NOT_YET.get(cls.id) or reason_not_yet(cls),
        verified_claim=VERIFIED_CLAIMS.get(cls.id, ""),
        sub_claims=SUB_CLAIMS.get(cls.id, ()),
        endpoints=ENDPOINTS.get(cls.id, ()),
        settings=SETTINGS.get(cls.id, ()),
        client_id_parameter=CLIENT_ID_PARAMETERS.get(cls.id, "client_id"),
    )


def _default_scope(cls: type[OAuth2Provider]) -> tuple[str, ...]:
    scope = cls(None, app=SocialApp(provider=cls.id)).get_default_scope()
    return tuple(name for name in scope if name)


def reason_not_yet(cls: type[OAuth2Provider]) -> str:
    """Say what allauth's adapter needs that one generic authorization code flow does not bring."""
    adapter = cls.oauth2_adapter_class
    is_set = {name for name, _ in ENDPOINTS.get(cls.id, ())}
    urls = {"authorize_url", "access_token_url"} - is_set
    if not all(_is_fixed_url(adapter, url) for url in urls):
        return "its endpoints depend on settings of its own"
    own = ("get_access_token_data", "get_client")
    is_own = any(getattr(adapter, name) is not getattr(OAuth2Adapter, name) for name in own)
    has_own_client = adapter.client_class is not OAuth2Client
    if is_own or (has_own_client and cls.id not in CLIENT_ID_PARAMETERS):
        return "its token request is not that of RFC 6749"
    return ""


def _is_fixed_url(adapter: type[OAuth2Adapter], name: str) -> bool:
    value: Any = inspect.getattr_static(adapter, name, None)
    return isinstance(value, str) and value.startswith("https://")
