"""Apple: an OpenID Provider to which the client secret is a JWT, minted for each sign-in."""

import time

import jwt
from allauth.socialaccount.models import SocialAccount

from accounts.identity import Identity
from protocol import flow
from providers import form_post
from providers.clients.base import FindAccount
from providers.clients.openid_connect import OpenIDConnectClient

AUDIENCE = "https://appleid.apple.com"
LIFETIME = 300  # seconds; Apple allows six months


class AppleClient(OpenIDConnectClient):
    """Signs its own client secret, and learns the rest from the ID token: there is no userinfo."""

    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, find_account: FindAccount
    ) -> Identity:
        """Add the name, which Apple tells the browser alone, and at the first sign-in alone."""
        told = super().fetch_profile(token, attempt, find_account)
        name = form_post.told_name(self.request, attempt.state)
        name = name or _known_name(find_account(told.sub))
        return self.identity(told.sub, {**self.claims, "name": name})

    def secret(self) -> str:
        """Mint the client secret (developer.apple.com, "Creating a client secret", 2026-11)."""
        now = int(time.time())
        claims = {
            "iss": self.extra_value("team_id"),
            "iat": now,
            "exp": now + LIFETIME,
            "aud": AUDIENCE,
            "sub": self.provider.client_id,
        }
        headers = {"kid": self.extra_value("key_id")}
        return jwt.encode(claims, self.extra_value("private_key"), "ES256", headers)


def _known_name(account: SocialAccount | None) -> str:
    return str(account.extra_data.get("name", "")) if account else ""
