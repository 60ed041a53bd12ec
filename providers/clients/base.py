"""What every provider's client does the same way."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import requests
from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest

from accounts.identity import Identity
from encryption import SealBrokenError
from outgoing import ProviderSession, json_value, session_for
from protocol import flow, more_messages
from protocol.errors import AccessTokenError, AuthorizationRequestError, ErrorCode, ProfileError
from protocol.flow import TokenEndpointAuthMethod
from protocol.limits import TOKEN_RESPONSE
from providers.clients.ids import is_id
from providers.models import Provider
from providers.vouching import domain_of

FindAccount = Callable[[str], SocialAccount | None]  # by sub; asked once for each sign-in


class ProviderClient(ABC):
    """The conversation with one provider, for one request of a visitor."""

    is_id = staticmethod(is_id)  # of what is told as an id, whether it is one

    def __init__(self, provider: Provider, request: HttpRequest) -> None:
        self.provider = provider
        self.request = request
        self.kind = provider.catalogued
        self.claims: Mapping[str, object] = {}  # what the provider told, for access rules

    @abstractmethod
    def server(self) -> flow.AuthorizationServer:
        """Return the provider's endpoints."""

    @abstractmethod
    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, find_account: FindAccount
    ) -> Identity:
        """Ask who the visitor is (step 7). Raises `ProfileError` and `IdTokenError`.

        `find_account` says what we know of them, for a provider that tells something only once.
        """

    @property
    def auth_time(self) -> float | None:
        """Return when the provider has asked who it is, a NumericDate; None where it is not told.

        Only for kinds that can be made to ask again: others would never be recent once they told.
        A time at 1970 or before is what servers send that do not know.
        """
        told: Any = self.claims.get("auth_time")
        is_told = self.kind.max_age is not None and type(told) in (int, float) and told > 0
        return told if is_told else None

    def organisations(self, access_token: str) -> frozenset[str]:
        """Return the organisations that somebody is a member of; not every provider tells."""
        raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN)

    def teams(self, access_token: str) -> frozenset[str]:
        """Return the teams that somebody is a member of, as `organisation/team`."""
        raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN)

    def claims_now(self, access_token: str, uid: str) -> Mapping[str, object]:
        """Return the claims of somebody who signed in a while ago; not every provider tells."""
        raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN)

    def revoke(self, access_token: str, refresh_token: str) -> bool:
        """End what was issued for one person (RFC 7009 §2.1); False where there is no way to.

        The refresh token first: its end should be the access token's too, and a provider need not
        end that alone (§2.2.1). Raises `SignInError`.
        """
        server = self.server()
        if not server.revocation_endpoint:
            return False
        client = None if self.kind.revokes_grant else self.client()
        given = {"refresh_token": refresh_token, "access_token": access_token}
        requests = [
            more_messages.revocation_request(server, client, token, hint)
            for hint, token in given.items()
            if token
        ]
        self._send_revocation(requests[0])
        for request in requests[1:] if client else ():
            with suppress(AccessTokenError):
                self._send_revocation(request)
        return True

    def _send_revocation(self, request: flow.AccessTokenRequest) -> None:
        response = self.http.request(
            "POST",
            request.url,
            data=request.data,
            headers=request.headers,
            max_bytes=TOKEN_RESPONSE,
        )
        more_messages.revocation_response(response.status_code)

    def client(self) -> flow.Client:
        """Return our registration, with the secret opened."""
        return flow.Client(
            client_id=self.provider.client_id,
            client_secret=self.secret(),
            redirect_uri=self.provider.redirect_uri,
            scope=self.provider.scopes,
            authorization_parameters=self.kind.authorization_parameters,
            login_again=self.kind.login_again,
            another_account=self.kind.another_account,
            response_mode=self.kind.response_mode,
            token_endpoint_auth_method=self.token_endpoint_auth_method,
            client_id_parameter=self.kind.client_id_parameter,
            sends_verifier=self.kind.sends_verifier,
        )

    @property
    def token_endpoint_auth_method(self) -> TokenEndpointAuthMethod:
        """Return how the client secret is sent (RFC 6749 §2.3.1).

        As the admin chose, never as a discovery document says.
        """
        chosen = self.provider.token_endpoint_auth_method
        return TokenEndpointAuthMethod(chosen or self.default_token_endpoint_auth_method)

    @property
    def default_token_endpoint_auth_method(self) -> TokenEndpointAuthMethod:
        """Return the method that holds where the admin chose none."""
        return self.kind.token_endpoint_auth_method

    def secret(self) -> str:
        """Open the client secret; without the right ENCRYPTION_KEYS nobody can sign in."""
        with opening("client secret"):
            return self.provider.client_secret

    def extra_value(self, key: str) -> str:
        """Open one of the kind's extra values."""
        with opening(key):
            value = self.provider.extra.get(key, "")
        if not value:
            raise AuthorizationRequestError(
                ErrorCode.PROVIDER_NOT_READY, f"{key} is missing", missing="setting"
            )
        return value

    @property
    def http(self) -> ProviderSession:
        return session_for(self.provider.slug, self.provider.policy)

    def send(self, request: flow.AccessTokenRequest) -> flow.AccessToken:
        """Send the access token request and judge its answer (steps 5 and 6)."""
        response = self.http.request(
            "POST",
            request.url,
            data=request.data,
            headers=request.headers,
            max_bytes=TOKEN_RESPONSE,
        )
        content_type = response.headers.get("Content-Type", "")
        return flow.access_token_response(response.status_code, content_type, response.content)

    def ask(
        self, url: str, access_token: str, *, accept: str = "application/json"
    ) -> requests.Response:
        """Call the provider's API with the access token (RFC 6750 §2.1); a refusal is raised."""
        headers = {"Authorization": f"Bearer {access_token}", "Accept": accept}
        response = self.http.get(url, headers=headers)
        refuse_failure(response.status_code, response.headers)
        return response

    def get(self, url: str, access_token: str) -> Any:
        return json_value(self.ask(url, access_token))

    def get_object(self, url: str, access_token: str) -> dict[str, Any]:
        return profile_of(self.ask(url, access_token))

    def identity(self, sub: str, claims: Mapping[str, object]) -> Identity:
        """Return the cleaned identity, or raise `ProfileError` for a `sub` that is none.

        Every identity of a sign-in is made here, and here it is judged how far its address counts.
        What a kind joins of several parts is no number, and its parts have been judged.
        """
        self.claims = claims
        if not self.kind.sub_claims and not self.is_id(sub):
            raise ProfileError(ErrorCode.SUBJECT_INVALID, "the id is none")
        try:
            identity = Identity.from_claims(self.provider.slug, sub, claims)
        except ValueError as error:
            raise ProfileError(ErrorCode.SUBJECT_INVALID, str(error)) from None
        return self._as_far_as_it_may_vouch(identity)

    def _as_far_as_it_may_vouch(self, identity: Identity) -> Identity:
        """Let a verdict on an address count only where the admin lets this provider give one."""
        domain = domain_of(identity.email)
        if not identity.email_verified or self.provider.may_vouch_for(domain):
            return identity
        return replace(identity, email_verified=False, unvouched_domain=domain)

    def joined_sub(self, claims: Mapping[str, object]) -> str:
        """Return who it is by the kind's `sub_claims`, or `sub`; each of them has to be an id.

        Only the last may have a dot in it: others would make one person of two.
        """
        names = self.kind.sub_claims or ("sub",)
        parts = [_member(claims, name) for name in names]
        has_dot = any("." in str(part) for part in parts[:-1])
        judge = is_id if self.kind.sub_claims else self.is_id
        if has_dot or not all(judge(part) for part in parts):
            raise ProfileError(ErrorCode.SUBJECT_INVALID, " and ".join(names))
        return ".".join(str(part) for part in parts)

    def says_verified(self, claims: Mapping[str, object]) -> bool:
        """Tell whether the profile itself says that its address is proven (OIDC Core §5.1)."""
        claim = self.kind.verified_claim
        return bool(claim) and _member(claims, claim) is True


def profile_of(response: requests.Response) -> dict[str, Any]:
    """Return the JSON object that an answer of the provider's API holds."""
    value = json_value(response)
    if not isinstance(value, dict):
        raise ProfileError(ErrorCode.PROFILE_MALFORMED, "the profile is no JSON object")
    return value


def _member(claims: Mapping[str, object], name: str) -> object:
    """Return a claim, or what a dot in its name leads to; None where there is none."""
    if name in claims:
        return claims[name]
    value: object = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


@contextmanager
def opening(what: str) -> Iterator[None]:
    """Say that the site is not ready when something of a provider's row cannot be opened."""
    try:
        yield
    except SealBrokenError:
        detail = f"ENCRYPTION_KEYS do not open the {what}"
        raise AuthorizationRequestError(
            ErrorCode.PROVIDER_NOT_READY, detail, missing="secret"
        ) from None


def refuse_failure(status: int, headers: Mapping[str, str]) -> None:
    """Judge the status of an answer of the provider's API; what is not 200 is no profile."""
    if status == 429 or (status == 403 and _asks_for_a_pause(headers)):
        raise ProfileError(ErrorCode.RATE_LIMITED, "the provider's API")
    if status >= 500:
        raise ProfileError(ErrorCode.PROVIDER_UNAVAILABLE, f"the provider's API answers {status}")
    if status != 200:
        raise ProfileError(ErrorCode.PROFILE_REFUSED, f"the provider's API answers {status}")


def _asks_for_a_pause(headers: Mapping[str, str]) -> bool:
    """Tell a limit from a refusal: GitHub sends 403 for both (docs.github.com, REST, 2026-11)."""
    return headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in headers
