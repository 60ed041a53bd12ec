"""Providers of plain OAuth 2.0: what their APIs say."""

from tests.providers.clients.answers.entry import (
    PICTURE,
    Answers,
    Plain,
    Told,
)

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
