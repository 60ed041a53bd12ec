"""The kinds that we know best. What is particular to one is a line with its date and source."""

import json
from functools import partial

from protocol.flow import AuthorizationServer, TokenEndpointAuthMethod
from providers.catalogue import extra
from providers.catalogue.entry import Kind, Protocol

OPENID_SCOPE = ("openid", "profile", "email")
EMAIL_VERIFIED = "email_verified"  # OpenID Connect Core §5.1
NO_SLASH = ("",)
SLASH = ("/",)
EITHER = ("", "/")

# OpenID Connect Core §3.1.2.1: ask again, and say in `auth_time` when that was. 300 seconds are
# those of `sessions.recent_sign_in`; with 0 there are servers that never stop asking (2020,
# GluuFederation/oxAuth #1714).
LOGIN_AGAIN = (("prompt", "login"), ("max_age", "300"))
LOGIN_UNPROVEN = (("prompt", "login"),)  # where `auth_time` is not told, or not known to be
ACCOUNT_CHOICE = (("prompt", "select_account"),)

# An OpenID Provider like most: an ID token with a verdict on the address, which is counted.
openid = partial(
    Kind,
    protocol=Protocol.OPENID_CONNECT,
    scope=OPENID_SCOPE,
    verified_claim=EMAIL_VERIFIED,
    login_again=LOGIN_AGAIN,
)
# Apple has had discovery say another issuer (account.apple.com) than its ID tokens, which stay at
# appleid.apple.com (2025-06, supabase/auth #2055, #2068): so nothing of it is discovered.
APPLE_SERVER = AuthorizationServer(
    authorization_endpoint="https://appleid.apple.com/auth/authorize",
    token_endpoint="https://appleid.apple.com/auth/token",  # noqa: S106 - an address
    issuer="https://appleid.apple.com",
    jwks_uri="https://appleid.apple.com/auth/keys",
    revocation_endpoint="https://appleid.apple.com/auth/revoke",  # developer.apple.com, 2026-11
)
# Twitch puts into its ID tokens what is asked for one by one (2026-11, dev.twitch.tv,
# getting-tokens-oidc, "Requesting claims").
TWITCH_CLAIMS = dict.fromkeys(("email", "email_verified", "picture", "preferred_username"))

FIRST_CLASS = [
    Kind(
        "github",
        "GitHub",
        Protocol.GITHUB,
        base_url="https://github.com",
        takes_base_url=True,
        scope=("user:email",),
        verified_claim="verified",  # of each address at /user/emails
        # It can be made to ask for the account, never for the password (2024-06, github.blog,
        # "Account picker updates for OAuth and GitHub App sign-in").
        login_again=ACCOUNT_CHOICE,
        another_account=ACCOUNT_CHOICE,
    ),
    openid(
        "google",
        "Google",
        base_url="https://accounts.google.com",
        takes_base_url=True,
        # It knows no prompt=login, takes no request to ask again, and tells `auth_time` only to
        # verified apps that ask for it in its console (2026-11, developers.google.com,
        # identity/siwg/security-bundle).
        login_again=ACCOUNT_CHOICE,
        another_account=ACCOUNT_CHOICE,
        # 2026-11, developers.google.com, OAuth 2.0, "Revoking a token"; a second request is refused
        revokes_grant=True,
    ),
    openid(
        "openid_connect",
        "OpenID Connect",
        takes_base_url=True,
        extra=extra.OPENID_CONNECT_KEYS,
        # The method of a client that registers none (OpenID Connect Core §9).
        token_endpoint_auth_method=TokenEndpointAuthMethod.BASIC,
    ),
    Kind(
        "apple",
        "Apple",
        Protocol.APPLE,
        scope=("openid", "name", "email"),
        # JSON true or the text "true", and only the first counts (2026-11, developer.apple.com,
        # "Authenticating users with Sign in with Apple").
        verified_claim=EMAIL_VERIFIED,
        extra=extra.APPLE_KEYS,
        takes_secret=False,
        server=APPLE_SERVER,
        response_mode="form_post",  # required with the scopes name and email
    ),
    Kind(
        "microsoft",
        "Microsoft",
        Protocol.MICROSOFT,
        base_url="https://login.microsoftonline.com",
        takes_base_url=True,
        scope=OPENID_SCOPE,
        # No verified_claim: whoever runs a tenant can write any address into `email` (2026-11,
        # learn.microsoft.com, "Secure applications by validating claims").
        extra=extra.MICROSOFT_KEYS,
        sub_claims=("tid", "sub"),
        # `auth_time` is an optional claim of the application (2026-11, learn.microsoft.com,
        # "Optional claims reference").
        login_again=LOGIN_UNPROVEN,
        another_account=ACCOUNT_CHOICE,
    ),
    openid(
        "gitlab",
        "GitLab",
        base_url="https://gitlab.com",
        takes_base_url=True,
        issuer_endings=NO_SLASH,
    ),
    openid(
        "slack",
        "Slack",
        base_url="https://slack.com",
        # Its answers name a user and a workspace, and nothing promises that a user ID alone is one
        # person's (2026-11, docs.slack.dev, openid.connect.userInfo).
        sub_claims=("https://slack.com/team_id", "sub"),
        login_again=(),  # 2026-11, docs.slack.dev names no parameter for it
    ),
    openid(
        "linkedin_oauth2",
        "LinkedIn",
        base_url="https://www.linkedin.com/oauth",
        returns_nonce=False,  # 2026-11, linkedin-developers/linkedin-api-js-client #34
        sends_verifier=False,  # invalid_client with one (2026-02, teamhanko/hanko #2405)
        login_again=(),  # 2026-11, learn.microsoft.com/linkedin names no parameter for it
    ),
    openid(
        "twitch",
        "Twitch",
        base_url="https://id.twitch.tv/oauth2",
        scope=("openid", "user:read:email"),
        authorization_parameters=(
            ("claims", json.dumps({"id_token": TWITCH_CLAIMS}, separators=(",", ":"))),
        ),
        login_again=(("force_verify", "true"),),  # asks for consent (2026-11, dev.twitch.tv)
    ),
    openid("yahoo", "Yahoo", base_url="https://api.login.yahoo.com", login_again=LOGIN_UNPROVEN),
    openid(
        "gitea",
        "Gitea",
        base_url="https://gitea.com",
        takes_base_url=True,
        issuer_endings=EITHER,  # the slash went with 1.25 (2025-11, go-gitea/gitea #35830)
        login_again=(),  # it reads neither parameter (2026-11, routers/web/auth/oauth2_provider.go)
    ),
    openid(
        "forgejo",
        "Forgejo",
        takes_base_url=True,
        issuer_endings=EITHER,  # as Gitea, from which it comes
        login_again=(),
        allauth_id="openid_connect",
    ),
    openid(
        "auth0",
        "Auth0",
        takes_base_url=True,
        issuer_endings=SLASH,  # 2026-11, auth0.com/docs, ID token structure
    ),
    openid("okta", "Okta", takes_base_url=True, issuer_endings=NO_SLASH),
    openid(
        "keycloak",
        "Keycloak",
        takes_base_url=True,
        issuer_endings=NO_SLASH,
        allauth_id="openid_connect",
    ),
    openid(
        "authentik",
        "authentik",
        takes_base_url=True,
        issuer_endings=SLASH,  # 2026-11, docs.goauthentik.io, OAuth2 provider
        allauth_id="openid_connect",
    ),
    openid("amazon_cognito", "Amazon Cognito", takes_base_url=True, issuer_endings=NO_SLASH),
    openid(
        "salesforce",
        "Salesforce",
        base_url="https://login.salesforce.com",
        takes_base_url=True,
        issuer_endings=NO_SLASH,
        login_again=LOGIN_UNPROVEN,
    ),
    openid("lemonldap", "LemonLDAP::NG", takes_base_url=True, issuer_endings=EITHER),
    openid("netiq", "NetIQ", takes_base_url=True, issuer_endings=NO_SLASH),
    Kind(
        "nextcloud",
        "Nextcloud",
        takes_base_url=True,
        answer_claim="user_id",
        # With index.php it works with and without pretty URLs. There are no scopes: a token may do
        # all that its person may (2026-11, docs.nextcloud.com, admin manual, OAuth2).
        endpoints=(
            ("authorize_url", "{base_url}/index.php/apps/oauth2/authorize"),
            ("access_token_url", "{base_url}/index.php/apps/oauth2/api/v1/token"),
            ("profile_url", "{base_url}/ocs/v1.php/cloud/users/"),
        ),
    ),
]
