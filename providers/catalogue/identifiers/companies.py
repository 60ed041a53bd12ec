"""Companies and organisations that run one service for everybody.

Read in 2026-11. Where no page of the provider is named, `source` is what django-allauth's adapter
reads: a number or random text that the provider has made for an account.
"""

from functools import partial

from providers.catalogue.identifiers.entry import Chooser, Identifier, Reuse, Verifier, Whose

# An account with an id that the provider has made: a new account has a new one.
account = partial(Identifier, Whose.PERSON, Chooser.PROVIDER, Reuse.NEVER, Verifier.NOBODY)
# And the provider itself sends mail to an address before it calls it verified.
verifying = partial(Identifier, Whose.PERSON, Chooser.PROVIDER, Reuse.NEVER, Verifier.PROVIDER)
company = partial(Identifier, Whose.COMPANY, Chooser.PROVIDER, Reuse.NEVER, Verifier.NOBODY)
name = partial(Identifier, Whose.LOGIN_NAME, Chooser.PERSON)


def read(member: str) -> Identifier:
    """Return the answers of an account whose id allauth's adapter reads from `member`."""
    return account(f"django-allauth's adapter reads {member}")


COMPANIES = {
    # Who verifies addresses
    "github": verifying(
        "docs.github.com, REST, users: id is a number, login can change; "
        "Verifying your email address"
    ),
    "google": verifying(
        "developers.google.com, OpenID Connect: sub is unique among all accounts "
        "and never reused; email_verified"
    ),
    "apple": verifying(
        "developer.apple.com, Authenticating users: sub is the user's in the team; email_verified"
    ),
    "gitlab": verifying(
        "docs.gitlab.com, GitLab as OpenID Connect provider: sub is the number of "
        "the user; email_verified"
    ),
    "linkedin_oauth2": verifying(
        "learn.microsoft.com/linkedin, Sign In with OpenID Connect: sub "
        "is the member's; email_verified"
    ),
    "twitch": verifying(
        "dev.twitch.tv, OIDC: sub is the user's ID; Twitch has verified the address"
    ),
    "yahoo": verifying(
        "developer.yahoo.com, OpenID Connect: sub is the user's GUID; email_verified"
    ),
    "discord": verifying(
        "docs.discord.com, user object: id is a snowflake; verified is about the address"
    ),
    "dropbox": verifying(
        "dropbox.com/developers, get_current_account: account_id is the user's; email_verified"
    ),
    "patreon": verifying("docs.patreon.com, user: id is the user's; is_email_verified"),
    # Who verifies none, or says so in no way that counts
    "microsoft": account(
        "learn.microsoft.com, ID token claims: tid and sub together; whoever runs "
        "a tenant writes its addresses"
    ),
    "facebook": account(
        "developers.facebook.com, user: id is the person's in this app; verified "
        "is not about the address"
    ),
    "twitter_oauth2": account("docs.x.com, user: id is a number, username can change"),
    "bitbucket_oauth2": account("developer.atlassian.com, user privacy changes: account_id"),
    "atlassian": account("developer.atlassian.com, user identity API: account_id"),
    "spotify": account(
        "support.spotify.com, close your account: its username cannot be used again"
    ),
    "reddit": account(
        "reddit.com/dev/api, /api/v1/me: id is a number in base 36, name is not read"
    ),
    "zoom": account("developers.zoom.us, users: id"),
    "amazon": account("developer.amazon.com, customer profile: user_id"),
    "battlenet": account("community.developer.battle.net, userinfo: id; the BattleTag can change"),
    "digitalocean": account(
        "digitalocean/openapi, account.yml: uuid is the current user's, the team has its own"
    ),
    "eveonline": account(
        "docs.esi.evetech.net, SSO: CharacterOwnerHash changes when a character "
        "goes to another account"
    ),
    "lichess": Identifier(
        Whose.LOGIN_NAME,
        Chooser.PERSON,
        Reuse.NEVER,
        Verifier.NOBODY,
        "lichess-org/lila, translation/source/settings.xml, cantOpenSimilarAccount: nobody gets "
        "the name of a closed account",
    ),
    "mailchimp": account(
        "mailchimp.com/developer, access user data with OAuth 2: user_id, and "
        "login.login_id for each login of an account"
    ),
    "orcid": account("info.orcid.org, what is an ORCID iD: one person's for life"),
    "tiktok": account("developers.tiktok.com, user info: open_id is the user's in this app"),
    "tumblr_oauth2": account(
        "tumblr.com/docs/en/api/v2, user/info: uuid of the primary blog, "
        "which goes with the account"
    ),
    "quickbooks": account(
        "developer.intuit.com, OpenID Connect: sub is the user's, realmId the company's"
    ),
    "hubspot": account(
        "developers.hubspot.com, access token metadata: user_id is the user's, hub_id the company's"
    ),
    "stackexchange": account("api.stackexchange.com, user: account_id is one for all its sites"),
    "paypal": account(
        "developer.paypal.com, Log in with PayPal: user_id is the user's, payer_id the account's"
    ),
    "cilogon": account("cilogon.org/oidc: sub is never given to another"),
    "dataporten": account("docs.feide.no, userinfo: userid is a UUID"),
    "globus": account("docs.globus.org, Globus Auth: sub is the identity's UUID"),
    "line": account("developers.line.biz, LINE Login: userId is the user's at this provider"),
    "kakao": account("developers.kakao.com, user: id is the user's in this app"),
    "snapchat": account("developers.snap.com, Login Kit: externalId is the user's in this app"),
    "instagram": account(
        "developers.facebook.com, Instagram user: id is the account's in this app"
    ),
    "douban": account("django-allauth, douban: id never changes, uid and name do"),
    "asana": account("developers.asana.com, users: gid"),
    "authentiq": read("sub"),
    "baidu": read("uid"),
    "basecamp": read("identity.id"),
    "box": read("id"),
    "clever": read("data.id"),
    "Daum": read("id"),
    "disqus": read("id"),
    "doximity": read("id"),
    "edmodo": read("id"),
    "eventbrite": read("id"),
    "feedly": read("id"),
    "figma": read("id, and not the handle"),
    "foursquare": read("id"),
    "frontier": read("customer_id"),
    "fxa": read("uid"),
    "gumroad": read("user_id"),
    "mailru": read("uid"),
    "meetup": read("id"),
    "miro": read("id"),
    "naver": read("id"),
    "odnoklassniki": read("uid"),
    "pinterest": read("id, and not the username"),
    "questrade": read("userId"),
    "robinhood": read("id"),
    "sharefile": read("Id"),
    "soundcloud": read("urn"),
    "stocktwits": read("user.id"),
    "strava": read("id"),
    "trainingpeaks": read("Id"),
    "twentythreeandme": read("id"),
    "vimeo_oauth2": read("the number in uri"),
    "wahoo": read("id"),
    "weibo": read("idstr"),
    "windowslive": read("id"),
    "yandex": read("id"),
    "ynab": read("data.user.id"),
    "zoho": read("ZUID"),
    # Whose messages we do not speak yet
    "coinbase": read("id"),
    "dingtalk": read("openId"),
    "feishu": read("open_id"),
    "notion": read("the user's and the workspace's id"),
    "untappd": read("uid"),
    "vk": read("user_id"),
    "weixin": read("openid"),
    # By whose id nobody can be known
    "stripe": company(
        "docs.stripe.com, Connect, OAuth: stripe_user_id is an account of a "
        "business, with any number of people in its team"
    ),
    "klaviyo": company(
        "developers.klaviyo.com, accounts: the account's id; its people have none there"
    ),
    "dwolla": company("developers.dwolla.com, accounts: the account's id, mostly a business's"),
    "shopify": company("shopify.dev, shop: the shop's id"),
    "bitly": name(Reuse.POSSIBLE, Verifier.NOBODY, "dev.bitly.com, user: login, not said to last"),
    "exist": name(Reuse.POSSIBLE, Verifier.NOBODY, "developer.exist.io, users: username is all"),
    "drip": Identifier(
        Whose.MAILBOX,
        Chooser.PERSON,
        Reuse.POSSIBLE,
        Verifier.NOBODY,
        "developer.drip.com, users: an address is all that there is",
    ),
    "hubic": Identifier(
        Whose.MAILBOX,
        Chooser.PERSON,
        Reuse.POSSIBLE,
        Verifier.NOBODY,
        "django-allauth, hubic: reads the address",
    ),
}
