"""Apple: an OpenID Provider whose client secret is a JWT that we sign for each sign-in."""

import time

import jwt

from protocol import flow
from providers import form_post
from providers.clients.base import FindAccount, Profile
from providers.clients.openid_connect import OpenIDConnectClient

AUDIENCE = "https://appleid.apple.com"
LIFETIME = 300  # seconds; Apple allows six months


class AppleClient(OpenIDConnectClient):
    """Signs its own client secret. The ID token says the rest: there is no userinfo endpoint."""

    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, find_account: FindAccount
    ) -> Profile:
        """Add the name. Apple sends it only through the browser, and only at the first sign-in."""
        profile = super().fetch_profile(token, attempt, find_account)
        known = find_account(profile.identity.sub)
        known_name = str(known.extra_data.get("name", "")) if known else ""
        name = form_post.posted_name(self.request, attempt.state) or known_name
        claims = {**profile.claims, "name": name}
        return self.profile(profile.identity.sub, claims, claims)

    def secret(self) -> str:
        """Sign the client secret (developer.apple.com, "Creating a client secret", 2026-11)."""
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
