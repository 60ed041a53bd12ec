"""OpenID Providers: what their ID tokens and userinfo endpoints say."""

from tests.providers.clients.answers.entry import (
    APPLE_EXTRA,
    MAIL,
    PICTURE,
    TENANT,
    Answers,
    OpenID,
    Told,
)

GOOGLE = Answers(
    "google",
    OpenID(
        "https://accounts.google.com",
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "https://www.googleapis.com/oauth2/v3/certs",
        MAIL
        | {
            "sub": "110169484474386276334",
            "azp": "client-1",
            "hd": "example.com",
            "name": "Alice Archer",
            "given_name": "Alice",
            "picture": PICTURE,
        },
    ),
    Told("110169484474386276334"),
)
GITLAB = Answers(
    "gitlab",
    OpenID(
        "https://gitlab.com",
        "https://gitlab.com/oauth/authorize",
        "https://gitlab.com/oauth/token",
        "https://gitlab.com/oauth/discovery/keys",
        MAIL | {"sub": "1001", "auth_time": 1, "name": "Alice Archer", "nickname": "alice"},
    ),
    Told("1001"),
    token={"scope": "openid profile email", "created_at": 1},
)
MICROSOFT = Answers(
    "microsoft",
    OpenID(
        f"https://login.microsoftonline.com/{TENANT}/v2.0",
        f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/authorize",
        f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token",
        f"https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys",
        {
            "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
            "tid": TENANT,
            "oid": "00000000-0000-0000-66f3-3332eca7ea81",
            "name": "Alice Archer",
            "preferred_username": "alice@example.com",
            "email": "alice@example.com",
            "ver": "2.0",
        },
    ),
    Told(f"{TENANT}.AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", email_verified=False),
    row={"extra": {"tenant": TENANT}},
)
APPLE = Answers(
    "apple",
    OpenID(
        "https://appleid.apple.com",
        "https://appleid.apple.com/auth/authorize",
        "https://appleid.apple.com/auth/token",
        "https://appleid.apple.com/auth/keys",
        {
            "sub": "001234.0123456789abcdef0123456789abcdef.0123",
            "email": "alice@example.com",
            "email_verified": True,
            "is_private_email": False,
            "nonce_supported": True,
            "real_user_status": 2,
        },
        has_discovery=False,
    ),
    Told("001234.0123456789abcdef0123456789abcdef.0123", name="alice"),
    row={"extra": APPLE_EXTRA, "client_secret": ""},
    token={"refresh_token": "rt-1"},
    scope="openid name email",
)
SLACK = Answers(
    "slack",
    OpenID(
        "https://slack.com",
        "https://slack.com/openid/connect/authorize",
        "https://slack.com/api/openid.connect.token",
        "https://slack.com/openid/connect/keys",
        MAIL
        | {
            "sub": "U0R7JM",
            "https://slack.com/user_id": "U0R7JM",
            "https://slack.com/team_id": "T0R7GR",
            "name": "Alice Archer",
            "picture": PICTURE,
            "locale": "en-US",
        },
    ),
    Told("T0R7GR.U0R7JM"),
    token={"ok": True},
)
LINKEDIN = Answers(
    "linkedin_oauth2",
    OpenID(
        "https://www.linkedin.com/oauth",
        "https://www.linkedin.com/oauth/v2/authorization",
        "https://www.linkedin.com/oauth/v2/accessToken",
        "https://www.linkedin.com/oauth/openid/jwks",
        MAIL | {"sub": "782bbtaQ", "name": "Alice Archer", "picture": PICTURE, "locale": "en_US"},
    ),
    Told("782bbtaQ"),
    token={"scope": "email,openid,profile"},
    sends_verifier=False,
    nonce=False,
)
TWITCH = Answers(
    "twitch",
    OpenID(
        "https://id.twitch.tv/oauth2",
        "https://id.twitch.tv/oauth2/authorize",
        "https://id.twitch.tv/oauth2/token",
        "https://id.twitch.tv/oauth2/keys",
        MAIL | {"sub": "713936733", "azp": "client-1", "preferred_username": "Alice Archer"},
        "https://id.twitch.tv/oauth2/userinfo",
        {"aud": "client-1", "iss": "https://id.twitch.tv/oauth2", "sub": "713936733"},
    ),
    Told("713936733"),
    token={"token_type": "bearer", "scope": ["openid", "user:read:email"]},
    scope="openid user:read:email",
)
GITEA = Answers(
    "gitea",
    OpenID(
        "https://git.example.org/",
        "https://git.example.org/login/oauth/authorize",
        "https://git.example.org/login/oauth/access_token",
        "https://git.example.org/login/oauth/keys",
        MAIL | {"sub": "7", "name": "Alice Archer", "preferred_username": "alice"},
    ),
    Told("7"),
    row={"base_url": "https://git.example.org"},
    token={"token_type": "bearer", "refresh_token": "rt-1"},
)
AUTH0 = Answers(
    "auth0",
    OpenID(
        "https://team.eu.auth0.com/",
        "https://team.eu.auth0.com/authorize",
        "https://team.eu.auth0.com/oauth/token",
        "https://team.eu.auth0.com/.well-known/jwks.json",
        MAIL | {"sub": "auth0|507f1f77bcf86cd799439020", "name": "Alice Archer", "sid": "s"},
    ),
    Told("auth0|507f1f77bcf86cd799439020"),
    row={"base_url": "https://team.eu.auth0.com"},
    token={"expires_in": 86400, "scope": "openid profile email"},
)
OKTA = Answers(
    "okta",
    OpenID(
        "https://team.okta.com",
        "https://team.okta.com/oauth2/v1/authorize",
        "https://team.okta.com/oauth2/v1/token",
        "https://team.okta.com/oauth2/v1/keys",
        {"sub": "00uid4BxXw6I6TV4m0g3", "name": "Alice Archer", "idp": "00o1", "amr": ["pwd"]},
        "https://team.okta.com/oauth2/v1/userinfo",
        MAIL | {"sub": "00uid4BxXw6I6TV4m0g3", "name": "Alice Archer", "locale": "en-US"},
    ),
    Told("00uid4BxXw6I6TV4m0g3"),
    row={"base_url": "https://team.okta.com/"},
    token={"scope": "email openid profile"},
)
KEYCLOAK = Answers(
    "keycloak",
    OpenID(
        "https://sso.example.org/realms/team",
        "https://sso.example.org/realms/team/protocol/openid-connect/auth",
        "https://sso.example.org/realms/team/protocol/openid-connect/token",
        "https://sso.example.org/realms/team/protocol/openid-connect/certs",
        MAIL
        | {
            "sub": "f57d5b27-ec4e-4c5e-a0a5-1f0b6a0e4a31",
            "typ": "ID",
            "azp": "client-1",
            "name": "Alice Archer",
            "preferred_username": "alice",
        },
    ),
    Told("f57d5b27-ec4e-4c5e-a0a5-1f0b6a0e4a31"),
    row={"base_url": "https://sso.example.org/realms/team/"},
    token={"expires_in": 300, "refresh_expires_in": 1800, "not-before-policy": 0},
)
YAHOO = Answers(
    "yahoo",
    OpenID(
        "https://api.login.yahoo.com",
        "https://api.login.yahoo.com/oauth2/request_auth",
        "https://api.login.yahoo.com/oauth2/get_token",
        "https://api.login.yahoo.com/openid/v1/certs",
        MAIL | {"sub": "JCXXEGUZSB5SCGZKGOTPNSQFYI", "name": "Alice Archer", "locale": "en-US"},
    ),
    Told("JCXXEGUZSB5SCGZKGOTPNSQFYI"),
    token={"token_type": "bearer", "xoauth_yahoo_guid": "JCXXEGUZSB5SCGZKGOTPNSQFYI"},
)
ALICE = MAIL | {"sub": "f57d5b27-ec4e-4c5e-a0a5-1f0b6a0e4a31", "name": "Alice Archer"}
ALICE_TOLD = Told("f57d5b27-ec4e-4c5e-a0a5-1f0b6a0e4a31")
COGNITO = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
OTHERS = (
    Answers(
        "forgejo",
        OpenID(
            "https://code.example.org",
            "https://code.example.org/login/oauth/authorize",
            "https://code.example.org/login/oauth/access_token",
            "https://code.example.org/login/oauth/keys",
            ALICE | {"preferred_username": "alice"},
        ),
        ALICE_TOLD,
        row={"base_url": "https://code.example.org/"},
    ),
    Answers(
        "authentik",
        OpenID(
            "https://auth.example.org/application/o/signet/",
            "https://auth.example.org/application/o/authorize/",
            "https://auth.example.org/application/o/token/",
            "https://auth.example.org/application/o/signet/jwks/",
            ALICE | {"preferred_username": "alice", "groups": []},
        ),
        ALICE_TOLD,
        row={"base_url": "https://auth.example.org/application/o/signet"},
    ),
    Answers(
        "amazon_cognito",
        OpenID(
            COGNITO,
            "https://team.auth.eu-west-1.amazoncognito.com/oauth2/authorize",
            "https://team.auth.eu-west-1.amazoncognito.com/oauth2/token",
            f"{COGNITO}/.well-known/jwks.json",
            ALICE | {"cognito:username": "alice", "token_use": "id"},
        ),
        ALICE_TOLD,
        row={"base_url": COGNITO},
    ),
    Answers(
        "salesforce",
        OpenID(
            "https://login.salesforce.com",
            "https://login.salesforce.com/services/oauth2/authorize",
            "https://login.salesforce.com/services/oauth2/token",
            "https://login.salesforce.com/id/keys",
            ALICE | {"sub": "https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P"},
        ),
        Told("https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P"),
        token={"instance_url": "https://team.my.salesforce.com", "signature": "s"},
    ),
    Answers(
        "lemonldap",
        OpenID(
            "https://portal.example.org",
            "https://portal.example.org/oauth2/authorize",
            "https://portal.example.org/oauth2/token",
            "https://portal.example.org/oauth2/jwks",
            ALICE,
        ),
        ALICE_TOLD,
        row={"base_url": "https://portal.example.org"},
    ),
    Answers(
        "netiq",
        OpenID(
            "https://access.example.org/nidp/oauth/nam",
            "https://access.example.org/nidp/oauth/nam/authz",
            "https://access.example.org/nidp/oauth/nam/token",
            "https://access.example.org/nidp/oauth/nam/keys",
            ALICE,
        ),
        ALICE_TOLD,
        row={"base_url": "https://access.example.org/nidp/oauth/nam"},
    ),
)
