"""The kinds that allauth's registry brings, with what we know of some of them."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter

from providers.catalogue.entry import Kind

# What we know better than allauth's registry says it. A scope is the least that signing in needs,
# where that is less than allauth's default or is said by nobody. Endpoints are those that allauth
# would take from settings, the request or a sandbox. Settings say which members of a profile to ask
# for: no more than a person is made of. What is not yet possible needs messages of its own.
#
# How a provider says that an address is proven stands in its public documentation. Two that seem to
# say it are not here (2026-11): Zoom's `verified` is a number, and Kakao's counts only beside
# another member.
KNOWN = {
    kind.id: kind
    for kind in (
        Kind("authentiq", "Authentiq", scope=("aq:name", "email")),
        Kind(
            "battlenet",
            "Battle.net",
            endpoints=(
                ("battlenet_region", "us"),
                ("authorize_url", "https://oauth.battle.net/authorize"),
                ("access_token_url", "https://oauth.battle.net/token"),
                ("profile_url", "https://oauth.battle.net/userinfo"),
            ),
        ),
        Kind("bitbucket_oauth2", "Bitbucket", scope=("account", "email")),
        Kind(
            "coinbase",
            "Coinbase",
            not_yet="its API is not given the access token in a way that it documents",
        ),
        Kind(
            "dingtalk",
            "DingTalk",
            not_yet="it answers with authCode in place of code,"
            " and wants JSON at its token endpoint",
        ),
        Kind(
            "discord",
            "Discord",
            scope=("identify", "email"),
            verified_claim="verified",  # 2026-11, its documentation, user object
        ),
        Kind(
            "dropbox",
            "Dropbox",
            verified_claim="email_verified",  # 2026-11, its documentation, get_current_account
        ),
        Kind(
            "facebook",
            "Facebook",
            # No verified_claim: its `verified` is about the person (2026-11, its documentation).
            settings=(("FIELDS", ("id", "name", "email")),),
        ),
        Kind(
            "feishu",
            "feishu",
            not_yet="it wants another token, of the app itself, before the code can be redeemed",
        ),
        Kind("frontier", "Frontier", scope=("auth",)),
        Kind("globus", "Globus", scope=("openid", "profile", "email")),
        Kind(
            "gumroad",
            "Gumroad",
            scope=("view_profile",),
            endpoints=(
                ("access_token_url", "https://gumroad.com/oauth/token"),
                ("authorize_url", "https://gumroad.com/oauth/authorize"),
            ),
        ),
        Kind(
            "mailcow",
            "Mailcow",
            takes_base_url=True,
            endpoints=(
                ("access_token_url", "{base_url}/oauth/token"),
                ("authorize_url", "{base_url}/oauth/authorize"),
                ("profile_url", "{base_url}/oauth/profile"),
            ),
        ),
        Kind(
            "mediawiki",
            "MediaWiki",
            base_url="https://meta.wikimedia.org/w/rest.php",
            takes_base_url=True,
            endpoints=(
                ("access_token_url", "{base_url}/oauth2/access_token"),
                ("authorize_url", "{base_url}/oauth2/authorize"),
                ("profile_url", "{base_url}/oauth2/resource/profile"),
            ),
        ),
        Kind(
            "mailchimp",
            "MailChimp",
            # allauth goes by user_id alone, which all logins of an account may share.
            sub_claims=("user_id", "login.login_id"),
        ),
        Kind("mailru", "Mail.RU", answer_claim="x_mailru_vid"),
        Kind("notion", "Notion", not_yet="it wants JSON at its token endpoint"),
        Kind("orcid", "Orcid.org", answer_claim="orcid"),
        Kind(
            "patreon",
            "Patreon",
            # 2026-11, its documentation, user attributes
            verified_claim="attributes.is_email_verified",
        ),
        Kind(
            "paypal",
            "Paypal",
            endpoints=(
                (
                    "authorize_url",
                    "https://www.paypal.com/webapps/auth/protocol/openidconnect/v1/authorize",
                ),
                (
                    "access_token_url",
                    "https://api.paypal.com/v1/identity/openidconnect/tokenservice",
                ),
                ("profile_url", "https://api.paypal.com/v1/identity/openidconnect/userinfo"),
            ),
        ),
        Kind("quickbooks", "QuickBooks", scope=("openid", "profile", "email")),
        Kind(
            "reddit",
            "Reddit",
            # allauth goes by the account's name (2026-11, reddit.com/dev/api, /api/v1/me).
            sub_claims=("id",),
        ),
        Kind(
            "robinhood",
            "Robinhood",
            endpoints=(
                ("authorize_url", "https://www.robinhood.com/oauth2/authorize/"),
                ("access_token_url", "https://api.robinhood.com/oauth2/token/"),
                ("profile_url", "https://api.robinhood.com/user/id/"),
            ),
        ),
        Kind(
            "shopify",
            "Shopify",
            not_yet="each shop has endpoints of its own, which the visitor would have to name",
        ),
        Kind("stocktwits", "Stocktwits", answer_claim="user_id"),
        Kind("strava", "Strava", scope=("read",)),
        Kind(
            "tiktok",
            "TikTok",
            scope=("user.info.basic",),
            client_id_parameter="client_key",  # 2026-11, developers.tiktok.com, Login Kit for Web
        ),
        Kind(
            "trainingpeaks",
            "TrainingPeaks",
            endpoints=(
                ("authorize_url", "https://oauth.trainingpeaks.com/OAuth/Authorize"),
                ("access_token_url", "https://oauth.trainingpeaks.com/oauth/token"),
                ("profile_url", "https://api.trainingpeaks.com/v1/athlete/profile"),
            ),
        ),
        Kind(
            "twitter_oauth2",
            "X",
            settings=(("FIELDS", ("id", "name", "username", "profile_image_url")),),
        ),
        Kind(
            "untappd",
            "Untappd",
            not_yet="it wants the client secret in the address of the token endpoint",
        ),
        Kind("vimeo_oauth2", "Vimeo", scope=("public",)),
        Kind(
            "vk",
            "VK",
            not_yet="it wants a device_id at its token endpoint, which comes with the code",
        ),
        Kind("weibo", "Weibo", answer_claim="uid"),
        Kind(
            "weixin",
            "Weixin",
            not_yet="it wants the client secret in the address of the token endpoint",
        ),
    )
}


def kinds_of_allauth() -> Iterator[Kind]:
    """Give every OAuth 2.0 kind of the registry, by name."""
    classes = [cls for cls in registry.get_class_list() if issubclass(cls, OAuth2Provider)]
    for cls in sorted(classes, key=lambda cls: str(cls.name).lower()):
        yield _kind(cls)


def _kind(cls: type[OAuth2Provider]) -> Kind:
    known = KNOWN.get(cls.id) or Kind(cls.id, str(cls.name))
    return replace(
        known,
        scope=known.scope or _default_scope(cls),
        not_yet=known.not_yet or known.identifier.why_not or reason_not_yet(cls, known),
    )


def _default_scope(cls: type[OAuth2Provider]) -> tuple[str, ...]:
    scope = cls(None, app=SocialApp(provider=cls.id)).get_default_scope()
    return tuple(name for name in scope if name)


def reason_not_yet(cls: type[OAuth2Provider], known: Kind) -> str:
    """Say what allauth's adapter needs that one generic authorization code flow does not bring."""
    adapter = cls.oauth2_adapter_class
    urls = {"authorize_url", "access_token_url"} - {name for name, _ in known.endpoints}
    if not all(_is_fixed_url(adapter, url) for url in urls):
        return "its endpoints depend on settings of its own"
    own = ("get_access_token_data", "get_client")
    is_own = any(getattr(adapter, name) is not getattr(OAuth2Adapter, name) for name in own)
    has_own_client = adapter.client_class is not OAuth2Client
    if is_own or (has_own_client and known.client_id_parameter == "client_id"):
        return "its token request is not that of RFC 6749"
    return ""


def _is_fixed_url(adapter: type[OAuth2Adapter], name: str) -> bool:
    value: Any = inspect.getattr_static(adapter, name, None)
    return isinstance(value, str) and value.startswith("https://")
