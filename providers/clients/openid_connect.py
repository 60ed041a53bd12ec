"""Any OpenID Provider, such as Google: the ID token says who it is, and we always validate it."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from protocol import flow
from protocol.errors import ErrorCode, ProfileError
from protocol.id_token import JWT, TENANT, Expected, signed_userinfo, validate_id_token
from protocol.members import USERINFO, told
from providers.clients.api_responses import is_sub, profile_of
from providers.clients.base import FindAccount, Need, Profile, ProviderClient, opening
from providers.discovery import Issuer

ISSUER = "issuer"  # the extra value with the issuer, if it differs from the base URL


class OpenIDConnectClient(ProviderClient):
    """Finds the endpoints by discovery, and reads the ID token before anything else."""

    is_id = staticmethod(is_sub)

    @property
    def issuer(self) -> Issuer:
        entered = self.provider.issuer
        with opening(ISSUER):
            named = self.provider.extra.get(ISSUER, "")
        return self.issuer_at(entered, (named,) if named else self.kind.issuers(entered))

    def issuer_at(self, url: str, names: tuple[str, ...]) -> Issuer:
        """Return the issuer whose discovery document is at `url`, or below it."""
        provider = self.provider
        return Issuer(url, provider.slug, provider.address_policy, names, self.kind.server)

    def server(self) -> flow.AuthorizationServer:
        return self.issuer.server()

    def registration(self) -> flow.Client:
        """Return our registration. Ask for `openid`, whatever scope the admin chose."""
        registration = super().registration()
        if self.kind.id == "google" and Need.TO_ASK_AGAIN in self.needs:
            # Asks Google for a refresh token (developers.google.com, OAuth 2.0, 2026-11).
            offline = (*registration.authorization_parameters, ("access_type", "offline"))
            registration = replace(registration, authorization_parameters=offline)
        if "openid" in registration.scope:
            return registration
        return replace(registration, scope=("openid", *registration.scope))

    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, find_account: FindAccount
    ) -> Profile:
        """Validate the ID token, and ask the userinfo endpoint for what it lacks.

        Many providers put name and address into the ID token. Then no request is sent.
        """
        expected = self.expected(token, attempt)
        claims = validate_id_token(token.id_token, expected, self.issuer.keys_for, time.time())
        sub = self.joined_sub(claims)
        if not ("email" in claims and "name" in claims):
            claims = _merged(claims, self._userinfo(token.access_token, claims["sub"]))
        return self.profile(sub, claims | {"email_verified": self.says_verified(claims)})

    def expected(self, token: flow.AccessToken, attempt: flow.Attempt) -> Expected:
        """Return what the ID token must say."""
        return Expected(
            issuer=self.issuer.server().issuer,
            client_id=self.provider.client_id,
            nonce=attempt.nonce,
            access_token=token.access_token,
            may_lack_nonce=not self.kind.returns_nonce,
            max_age=self.kind.max_age if attempt.demand == flow.Demand.LOGIN else None,
        )

    def claims_now(self, access_token: str, uid: str) -> Mapping[str, object]:
        """Ask the userinfo endpoint (OIDC Core §5.3) with a token of that person."""
        endpoint = self.server().userinfo_endpoint
        if not endpoint:
            raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN, "there is no userinfo endpoint")
        claims = self._ask_userinfo(endpoint, access_token)
        if not self.kind.sub_claims and claims.get("sub") != uid:
            raise ProfileError(ErrorCode.SUBJECT_MISMATCH)
        return claims

    def _userinfo(self, access_token: str, sub: str) -> dict[str, Any]:
        """Return the userinfo claims, which must be about the same `sub` (OIDC Core §5.3.2)."""
        endpoint = self.server().userinfo_endpoint
        if not endpoint:
            return {}
        claims = self._ask_userinfo(endpoint, access_token)
        if claims.get("sub") != sub:
            raise ProfileError(ErrorCode.SUBJECT_MISMATCH)
        return told(USERINFO, claims)

    def _ask_userinfo(self, endpoint: str, access_token: str) -> dict[str, Any]:
        """Return the claims, sent as JSON or as a signed JWT (OIDC Core §5.3.2)."""
        response = self.ask(endpoint, access_token, accept=f"application/json, {JWT}")
        media_type = response.headers.get("Content-Type", "").partition(";")[0]
        if media_type.strip().lower() == JWT:
            server, client_id = self.server(), self.provider.client_id
            keys_for, now = self.issuer.keys_for, time.time()
            return signed_userinfo(response.content, server.issuer, client_id, keys_for, now)
        return profile_of(response)


def _merged(id_token: dict[str, Any], userinfo: dict[str, Any]) -> dict[str, Any]:
    """Return all claims. Signed ones win. `email_verified` has the same source as `email`."""
    source = id_token if "email" in id_token else userinfo
    address = {name: source.get(name) for name in ("email", "email_verified")}
    return userinfo | id_token | address


# The tenant of all personal accounts, whose documents name it where `consumers` is asked for
# (learn.microsoft.com, "OpenID Connect on the Microsoft identity platform", 2026-11).
PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
MANY = ("common", "organizations")


class MicrosoftClient(OpenIDConnectClient):
    """Expects the issuer of one tenant, or of the tenant that the token names.

    The document of `common` and `organizations` has `{tenantid}` in its issuer. Every ID token has
    the tenant there (MicrosoftDocs/azure-docs #38427, 2026-11).
    """

    @property
    def issuer(self) -> Issuer:
        tenant = self.extra_value("tenant").lower()
        tenant = PERSONAL_ACCOUNTS if tenant == "consumers" else tenant
        name = TENANT if tenant in MANY else tenant
        return self.issuer_at(self._address(tenant), (self._address(name),))

    def server(self) -> flow.AuthorizationServer:
        """Return the endpoints. With many tenants, no one issuer identifies a response."""
        server = super().server()
        return replace(server, issuer="") if TENANT in server.issuer else server

    def expected(self, token: flow.AccessToken, attempt: flow.Attempt) -> Expected:
        """Judge each key by its issuer too, even if only one tenant may sign in."""
        return replace(super().expected(token, attempt), issuer_has_tenant=True)

    def _address(self, tenant: str) -> str:
        return f"{self.provider.issuer.rstrip('/')}/{tenant}/v2.0"
