"""OpenID Providers in general, Microsoft and Apple. We always validate the ID token."""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import jwt

from protocol import flow
from protocol.absent_values import USERINFO, told
from protocol.discovery_address import issuers_of
from protocol.errors import ErrorCode, ProfileError
from protocol.id_token import JWT, TENANT, Expected, signed_userinfo, validate_id_token
from providers import form_post
from providers.clients.api_responses import is_sub, profile_of
from providers.clients.base import FindAccount, Profile, ProviderClient, opening
from providers.discovery import Issuer

ISSUER = "issuer"  # the extra value with the issuer, if it differs from the base URL
# The tenant of all personal accounts, whose documents name it where `consumers` is asked for
# (learn.microsoft.com, "OpenID Connect on the Microsoft identity platform", 2026-11).
PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
APPLE = "https://appleid.apple.com"
APPLE_SECONDS = 300  # of a client secret; Apple allows six months
MANY = ("common", "organizations")


class OpenIDConnectClient(ProviderClient):
    """Finds the endpoints by discovery, and reads the ID token before anything else."""

    is_id = staticmethod(is_sub)
    required_scope = ("openid",)
    issuer_has_tenant = False

    @cached_property
    def issuer(self) -> Issuer:
        with opening(ISSUER):
            named = self.provider.extra.get(ISSUER, "")
        names = (named,) if named else issuers_of(self.base_url, self.kind.issuer_endings)
        return Issuer(self.base_url, self.provider.slug, self.http.policy, names, self.kind.server)

    def server(self) -> flow.AuthorizationServer:
        return self.issuer.server()

    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, find_account: FindAccount
    ) -> Profile:
        """Validate the ID token, and ask the userinfo endpoint for what it lacks.

        Many providers put name and address into the ID token. Then no request is sent, unless a
        rule is about a claim that is not there.
        """
        issuer = self.issuer
        expected = Expected(
            issuer=issuer.server().issuer,
            client_id=self.provider.client_id,
            nonce=attempt.nonce,
            access_token=token.access_token,
            may_lack_nonce=not self.kind.returns_nonce,
            issuer_has_tenant=self.issuer_has_tenant,
            max_age=self.kind.max_age if attempt.demand == flow.Demand.LOGIN else None,
        )
        claims = validate_id_token(token.id_token, expected, issuer.keys_for, time.time())
        sub = self.joined_sub(claims)
        if not self.claims <= claims.keys():
            userinfo = self._userinfo(token.access_token, claims["sub"])
            claims = _merged(claims, told(USERINFO, userinfo))
        return self.profile(sub, claims, claims)

    def claims_now(self, access_token: str, uid: str) -> Mapping[str, object]:
        """Ask the userinfo endpoint (OIDC Core §5.3) with a token of that person."""
        if not self.server().userinfo_endpoint:
            raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN, "there is no userinfo endpoint")
        return self._userinfo(access_token, None if self.kind.sub_claims else uid)

    def _userinfo(self, access_token: str, sub: str | None) -> dict[str, Any]:
        """Return the userinfo claims, sent as JSON or as a signed JWT (OIDC Core §5.3.2).

        They must be about the same `sub`; None allows any. Without an endpoint, there are none.
        """
        server, client_id = self.server(), self.provider.client_id
        if not server.userinfo_endpoint:
            return {}
        response = self.ask(server.userinfo_endpoint, access_token, f"application/json, {JWT}")
        media_type = response.headers.get("Content-Type", "").partition(";")[0]
        if media_type.strip().lower() == JWT:
            keys_for, now, body = self.issuer.keys_for, time.time(), response.content
            claims = signed_userinfo(body, server.issuer, client_id, keys_for, now)
        else:
            claims = profile_of(response)
        if sub not in (None, claims.get("sub")):
            raise ProfileError(ErrorCode.SUBJECT_MISMATCH)
        return claims


def _merged(id_token: dict[str, Any], userinfo: dict[str, Any]) -> dict[str, Any]:
    """Return all claims. Signed ones win. `email_verified` has the same source as `email`."""
    source = id_token if "email" in id_token else userinfo
    address = {name: source.get(name) for name in ("email", "email_verified")}
    return userinfo | id_token | address


class MicrosoftClient(OpenIDConnectClient):
    """Expects the issuer of one tenant, or of the tenant that the token names.

    The document of `common` and `organizations` has `{tenantid}` in its issuer. Every ID token has
    the tenant there (MicrosoftDocs/azure-docs #38427, 2026-11).
    """

    issuer_has_tenant = True  # so each key is judged by its issuer, too

    @cached_property
    def issuer(self) -> Issuer:
        tenant = self.extra_value("tenant").lower()
        tenant = PERSONAL_ACCOUNTS if tenant == "consumers" else tenant
        named = TENANT if tenant in MANY else tenant
        url, name = (f"{self.base_url.rstrip('/')}/{each}/v2.0" for each in (tenant, named))
        return Issuer(url, self.provider.slug, self.http.policy, (name,))

    def server(self) -> flow.AuthorizationServer:
        """Return the endpoints. With many tenants, no one issuer identifies a response."""
        server = super().server()
        return replace(server, issuer="") if TENANT in server.issuer else server


class AppleClient(OpenIDConnectClient):
    """Signs a client secret for each sign-in. The ID token says all: there is no userinfo."""

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
            "exp": now + APPLE_SECONDS,
            "aud": APPLE,
            "sub": self.provider.client_id,
        }
        headers = {"kid": self.extra_value("key_id")}
        return jwt.encode(claims, self.extra_value("private_key"), "ES256", headers)
