"""Any OpenID Provider, Google among them: the ID token says who it is, and is always checked."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from accounts.identity import Identity
from protocol import flow
from protocol.errors import ErrorCode, ProfileError
from protocol.id_token import Expected, validate_id_token
from protocol.members import USERINFO, told
from protocol.signed_userinfo import MEDIA_TYPE, is_signed, signed_claims
from providers.clients.base import FindAccount, ProviderClient, opening, profile_of
from providers.clients.ids import is_sub
from providers.discovery import Issuer

ISSUER = "issuer"  # of the kind's extra values: the issuer, where the address does not say it


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
        return Issuer(url, provider.slug, provider.policy, names, self.kind.server)

    def server(self) -> flow.AuthorizationServer:
        return self.issuer.server()

    def client(self) -> flow.Client:
        """Return our registration; `openid` is asked for whatever scope the admin chose."""
        client = super().client()
        if self.kind.id == "google" and self.provider.has_rules_to_ask_again:
            # Google's word for a refresh token (developers.google.com, OAuth 2.0, 2026-11).
            offline = (*client.authorization_parameters, ("access_type", "offline"))
            client = replace(client, authorization_parameters=offline)
        if "openid" in client.scope:
            return client
        return replace(client, scope=("openid", *client.scope))

    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, find_account: FindAccount
    ) -> Identity:
        """Validate the ID token, and ask the userinfo endpoint for what it does not say.

        Many providers put name and address into the ID token; then nothing is sent.
        """
        expected = self.expected(token, attempt)
        claims = validate_id_token(token.id_token, expected, self.issuer.keys_for, time.time())
        sub = self.joined_sub(claims)
        if not ("email" in claims and "name" in claims):
            claims = _merged(claims, self._userinfo(token.access_token, claims["sub"]))
        return self.identity(sub, claims | {"email_verified": self.says_verified(claims)})

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
        """Ask the userinfo endpoint alone (OIDC Core §5.3), with a token of that person's."""
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
        """Return the claims, which come as JSON or as a signed JWT (OIDC Core §5.3.2)."""
        response = self.ask(endpoint, access_token, accept=f"application/json, {MEDIA_TYPE}")
        if is_signed(response.headers.get("Content-Type", "")):
            server, client_id = self.server(), self.provider.client_id
            keys_for, now = self.issuer.keys_for, time.time()
            return signed_claims(response.content, server.issuer, client_id, keys_for, now)
        return profile_of(response)


def _merged(id_token: dict[str, Any], userinfo: dict[str, Any]) -> dict[str, Any]:
    """Return all claims; signed ones count first, and an address only with its own verdict."""
    told_by = id_token if "email" in id_token else userinfo
    address = {name: told_by.get(name) for name in ("email", "email_verified")}
    return userinfo | id_token | address
