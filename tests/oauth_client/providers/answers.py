"""What providers answer in a sign-in of Alice, in the shapes of their public documentation.

The endpoints are the real ones; people, ids, keys and tokens are made up.
"""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import responses
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client
from jwt.algorithms import ECAlgorithm

from oauth_client.models import Provider
from tests.fakes import add_provider, begin, come_back

KEY = ec.generate_private_key(ec.SECP256R1())
APPLE_KEY = ec.generate_private_key(ec.SECP256R1())
APPLE_PEM = APPLE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
TENANT = "5a1f7c62-0d39-4c7e-9a55-3f1d2b6c8e90"
APPLE_EXTRA = {"team_id": "TEAM123456", "key_id": "KEY1234567", "private_key": APPLE_PEM}
MAIL = {"email": "alice@example.com", "email_verified": True}
PICTURE = "https://pictures.example/alice.png"


@dataclass(frozen=True)
class Told:
    """What Signet should know afterwards."""

    sub: str
    name: str = "Alice Archer"
    email: str = "alice@example.com"
    email_verified: bool = True


@dataclass(frozen=True)
class OpenID:
    """An OpenID Provider: its metadata, and what its ID token and userinfo say."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    claims: dict[str, Any]
    userinfo_endpoint: str = ""
    userinfo: dict[str, Any] | None = None
    discovery: str = ""  # where the document is, if not below the issuer
    document_issuer: str = ""  # what the document says, if not what the ID token says
    has_discovery: bool = True
    key_issuer: str = ""

    @property
    def document(self) -> dict[str, Any]:
        members = {
            "issuer": self.document_issuer or self.issuer,
            "authorization_endpoint": self.authorization_endpoint,
            "token_endpoint": self.token_endpoint,
            "jwks_uri": self.jwks_uri,
            "userinfo_endpoint": self.userinfo_endpoint,
        }
        return {name: value for name, value in members.items() if value}

    @property
    def discovery_url(self) -> str:
        base = self.discovery or self.issuer.rstrip("/")
        return f"{base}/.well-known/openid-configuration"


@dataclass(frozen=True)
class Plain:
    """A provider of plain OAuth 2.0: endpoints, and what its API answers."""

    authorization_endpoint: str
    token_endpoint: str
    calls: tuple[tuple[str, str, Any], ...]  # method, URL, JSON


@dataclass(frozen=True)
class Answers:
    """One provider in a sign-in."""

    kind: str
    server: OpenID | Plain
    told: Told
    row: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    scope: str = "openid profile email"
    uses_basic: bool = False
    sends_verifier: bool = True
    nonce: bool = True

    @property
    def requests(self) -> list[str]:
        """What is sent, in order."""
        server = self.server
        exchange = f"POST {server.token_endpoint}"
        if isinstance(server, Plain):
            return [exchange, *(f"{method} {url}" for method, url, _ in server.calls)]
        first = [f"GET {server.discovery_url}"] if server.has_discovery else []
        last = [f"GET {server.userinfo_endpoint}"] if server.userinfo is not None else []
        return [*first, exchange, f"GET {server.jwks_uri}", *last]

    def add(self, slug: str = "", **fields: Any) -> Provider:
        """Register it as an admin would."""
        return add_provider(slug or self.kind, self.kind, **self.row | fields)

    def publish(self) -> None:
        """Answer what does not depend on the sign-in."""
        server = self.server
        if isinstance(server, Plain):
            for method, url, members in server.calls:
                responses.add(method, url, json=members)
            return
        if server.has_discovery:
            responses.get(server.discovery_url, json=server.document)
        public = ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        jwk = public | {"kid": "key-1", "use": "sig", "alg": "ES256"}
        own = {"issuer": server.key_issuer} if server.key_issuer else {}
        responses.get(server.jwks_uri, json={"keys": [jwk | own]})
        if server.userinfo is not None:
            responses.get(server.userinfo_endpoint, json=server.userinfo)

    def vouch(self, nonce: str, /, **claims: Any) -> None:
        """Answer the token request; `claims` bend the ID token."""
        token = {"access_token": "at-1", "token_type": "Bearer", "expires_in": 3600} | self.token
        if isinstance(self.server, OpenID):
            token["id_token"] = self.id_token(nonce, claims)
        responses.post(self.server.token_endpoint, json=token)

    def id_token(self, nonce: str, claims: dict[str, Any]) -> str:
        assert isinstance(self.server, OpenID)
        now = int(time.time())
        common = {"iss": self.server.issuer, "aud": "client-1", "iat": now, "exp": now + 3600}
        bound = {"nonce": nonce} if self.nonce else {}
        members = common | bound | self.server.claims | claims
        kept = {name: value for name, value in members.items() if value is not None}
        return jwt.encode(kept, KEY, "ES256", {"kid": "key-1"})

    def sign_in(self, client: Client, slug: str = "", /, **claims: Any) -> str:
        """Go through it all; returns where the visitor ends."""
        self.publish()
        asked = begin(client, slug or self.kind)
        self.vouch(asked.get("nonce", ""), **claims)
        return come_back(client, slug or self.kind, code="c", state=asked["state"])["Location"]


def form(call: Any) -> dict[str, str]:
    """Return the parameters of a request's body."""
    body = call.request.body or ""
    text = body.decode() if isinstance(body, bytes) else body
    return {name: values[0] for name, values in parse_qs(text).items()}


def asked(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


GITHUB = Answers(
    "github",
    Plain(
        "https://github.com/login/oauth/authorize",
        "https://github.com/login/oauth/access_token",
        (
            (
                "GET",
                "https://api.github.com/user",
                {
                    "login": "alice",
                    "id": 1001,
                    "node_id": "MDQ6VXNlcjEwMDE=",
                    "avatar_url": PICTURE,
                    "type": "User",
                    "name": "Alice Archer",
                    "email": None,
                },
            ),
            (
                "GET",
                "https://api.github.com/user/emails",
                [
                    {
                        "email": "alice@example.com",
                        "verified": True,
                        "primary": True,
                        "visibility": "private",
                    }
                ],
            ),
        ),
    ),
    Told("1001"),
    token={"token_type": "bearer", "scope": "user:email"},
    scope="user:email",
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
DISCORD = Answers(
    "discord",
    Plain(
        "https://discord.com/api/oauth2/authorize",
        "https://discord.com/api/oauth2/token",
        (
            (
                "GET",
                "https://discord.com/api/users/@me",
                {
                    "id": "80351110224678912",
                    "username": "Alice Archer",
                    "discriminator": "0",
                    "global_name": "Alice",
                    "avatar": "8342729096ea3675442027381ff50dfe",
                    "verified": True,
                    "email": "alice@example.com",
                },
            ),
        ),
    ),
    Told("80351110224678912"),
    token={"expires_in": 604800, "refresh_token": "rt-1", "scope": "identify email"},
    scope="identify email",
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
FACEBOOK = Answers(
    "facebook",
    Plain(
        "https://www.facebook.com/v19.0/dialog/oauth",
        "https://graph.facebook.com/v19.0/oauth/access_token",
        (
            (
                "GET",
                "https://graph.facebook.com/v19.0/me",
                {"id": "10200000000000001", "name": "Alice Archer", "email": "alice@example.com"},
            ),
        ),
    ),
    Told("10200000000000001", email_verified=False),
    token={"token_type": "bearer", "expires_in": 5183944},
    scope="email",
)
X = Answers(
    "twitter_oauth2",
    Plain(
        "https://x.com/i/oauth2/authorize",
        "https://api.x.com/2/oauth2/token",
        (
            (
                "GET",
                "https://api.x.com/2/users/me",
                {
                    "data": {
                        "id": "2244994945",
                        "name": "Alice Archer",
                        "username": "alice",
                        "profile_image_url": PICTURE,
                    }
                },
            ),
        ),
    ),
    Told("2244994945", email="", email_verified=False),
    token={"token_type": "bearer", "expires_in": 7200, "scope": "users.read tweet.read"},
    scope="users.read tweet.read",
    uses_basic=True,
)
BITBUCKET = Answers(
    "bitbucket_oauth2",
    Plain(
        "https://bitbucket.org/site/oauth2/authorize",
        "https://bitbucket.org/site/oauth2/access_token",
        (
            (
                "GET",
                "https://api.bitbucket.org/2.0/user",
                {
                    "type": "user",
                    "uuid": "{d301aafa-d676-4ee0-88be-962be7417567}",
                    "account_id": "557058:d301aafa-d676-4ee0-88be-962be7417567",
                    "display_name": "Alice Archer",
                    "username": "alice",
                    "links": {"avatar": {"href": PICTURE}},
                },
            ),
            (
                "GET",
                "https://api.bitbucket.org/2.0/user/emails",
                {
                    "page": 1,
                    "size": 1,
                    "values": [
                        {
                            "type": "email",
                            "email": "alice@example.com",
                            "is_primary": True,
                            "is_confirmed": True,
                        }
                    ],
                },
            ),
        ),
    ),
    Told("557058:d301aafa-d676-4ee0-88be-962be7417567", email_verified=False),
    token={"token_type": "bearer", "scopes": "account email", "refresh_token": "rt-1"},
    scope="account email",
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
SPOTIFY = Answers(
    "spotify",
    Plain(
        "https://accounts.spotify.com/authorize",
        "https://accounts.spotify.com/api/token",
        (
            (
                "GET",
                "https://api.spotify.com/v1/me",
                {
                    "id": "alice-archer",
                    "display_name": "Alice Archer",
                    "email": "alice@example.com",
                    "external_urls": {"spotify": "https://open.spotify.com/user/alice-archer"},
                    "images": [{"url": PICTURE, "height": 300, "width": 300}],
                    "type": "user",
                    "uri": "spotify:user:alice-archer",
                },
            ),
        ),
    ),
    Told("alice-archer", email_verified=False),
    token={"scope": "user-read-email", "refresh_token": "rt-1"},
    scope="user-read-email",
)
REDDIT = Answers(
    "reddit",
    Plain(
        "https://www.reddit.com/api/v1/authorize",
        "https://www.reddit.com/api/v1/access_token",
        (
            (
                "GET",
                "https://oauth.reddit.com/api/v1/me",
                {"id": "1w72", "name": "alice", "has_verified_email": True, "created_utc": 1.0},
            ),
        ),
    ),
    Told("1w72", name="alice", email="", email_verified=False),
    token={"token_type": "bearer", "expires_in": 86400, "scope": "identity"},
    scope="identity",
    uses_basic=True,
)
DROPBOX = Answers(
    "dropbox",
    Plain(
        "https://www.dropbox.com/oauth2/authorize",
        "https://api.dropbox.com/oauth2/token",
        (
            (
                "POST",
                "https://api.dropbox.com/2/users/get_current_account",
                {
                    "account_id": "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc",
                    "name": {"display_name": "Alice Archer", "given_name": "Alice"},
                    "email": "alice@example.com",
                    "email_verified": True,
                    "disabled": False,
                    "account_type": {".tag": "basic"},
                },
            ),
        ),
    ),
    Told("dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"),
    token={
        "token_type": "bearer",
        "expires_in": 14400,
        "scope": "account_info.read",
        "uid": "12345",
        "account_id": "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc",
    },
    scope="",
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
NEXTCLOUD = Answers(
    "nextcloud",
    Plain(
        "https://cloud.example.org/index.php/apps/oauth2/authorize",
        "https://cloud.example.org/index.php/apps/oauth2/api/v1/token",
        (
            (
                "GET",
                "https://cloud.example.org/ocs/v1.php/cloud/users/alice",
                {
                    "ocs": {
                        "meta": {"status": "ok", "statuscode": 100, "message": "OK"},
                        "data": {
                            "id": "alice",
                            "enabled": True,
                            "displayname": "Alice Archer",
                            "email": "alice@example.com",
                        },
                    }
                },
            ),
        ),
    ),
    Told("alice", email_verified=False),
    row={"base_url": "https://cloud.example.org/"},
    token={"refresh_token": "rt-1", "user_id": "alice"},
    scope="",
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
STRIPE = Answers(
    "stripe",
    Plain(
        "https://connect.stripe.com/oauth/authorize",
        "https://connect.stripe.com/oauth/token",
        (
            (
                "GET",
                "https://api.stripe.com/v1/accounts/acct_1032D82eZvKYlo2C",
                {
                    "id": "acct_1032D82eZvKYlo2C",
                    "object": "account",
                    "country": "US",
                    "display_name": "Alice Archer",
                    "email": "alice@example.com",
                },
            ),
        ),
    ),
    Told("acct_1032D82eZvKYlo2C", email_verified=False),
    token={
        "token_type": "bearer",
        "scope": "read_only",
        "livemode": False,
        "stripe_user_id": "acct_1032D82eZvKYlo2C",
        "stripe_publishable_key": "pk_test_1",
    },
    scope="read_only",
)
ZOOM = Answers(
    "zoom",
    Plain(
        "https://zoom.us/oauth/authorize",
        "https://zoom.us/oauth/token",
        (
            (
                "GET",
                "https://api.zoom.us/v2/users/me",
                {
                    "id": "z8yCxjabcdEFGHfp8uQ",
                    "first_name": "Alice",
                    "last_name": "Archer",
                    "email": "alice@example.com",
                    "verified": 1,
                    "pic_url": PICTURE,
                    "type": 2,
                },
            ),
        ),
    ),
    Told("z8yCxjabcdEFGHfp8uQ", email_verified=False),
    token={"token_type": "bearer", "scope": "user:read:user"},
    scope="",
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
AMAZON = Answers(
    "amazon",
    Plain(
        "https://www.amazon.com/ap/oa",
        "https://api.amazon.com/auth/o2/token",
        (
            (
                "GET",
                "https://api.amazon.com/user/profile",
                {
                    "user_id": "amzn1.account.K2LI23KL2LK2",
                    "name": "Alice Archer",
                    "email": "alice@example.com",
                },
            ),
        ),
    ),
    Told("amzn1.account.K2LI23KL2LK2", email_verified=False),
    token={"token_type": "bearer", "refresh_token": "rt-1"},
    scope="profile",
)
NAMED = (
    GITHUB,
    GOOGLE,
    GITLAB,
    MICROSOFT,
    APPLE,
    DISCORD,
    SLACK,
    LINKEDIN,
    FACEBOOK,
    X,
    BITBUCKET,
    TWITCH,
    SPOTIFY,
    REDDIT,
    DROPBOX,
    GITEA,
    NEXTCLOUD,
    AUTH0,
    OKTA,
    KEYCLOAK,
    STRIPE,
    ZOOM,
    YAHOO,
    AMAZON,
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
EVERY = NAMED + OTHERS
