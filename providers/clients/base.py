"""Do what is the same for all providers."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import requests
from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest

from accounts.identity import Identity
from encryption import SealBrokenError
from outgoing import session_for
from protocol import flow, more_messages
from protocol.client_authentication import AccessTokenRequest, Client, TokenEndpointAuthMethod
from protocol.errors import (
    AccessTokenError,
    AuthorizationRequestError,
    ErrorCode,
    OutgoingError,
    ProfileError,
    SignInError,
)
from protocol.id_token import NUMERIC_DATE
from protocol.limits import TOKEN_RESPONSE
from providers.clients.api_responses import checked, is_id, member_of
from providers.models import Provider


class Need(StrEnum):
    """What a sign-in asks for because of rules, beyond who the visitor is."""

    MEMBERSHIPS = "memberships"  # of organisations and teams
    TO_ASK_AGAIN = "to ask again"  # a token for later requests about the same person


DOWN = {ErrorCode.PROVIDER_UNAVAILABLE, ErrorCode.RATE_LIMITED, ErrorCode.PROVIDER_BUSY}
FindAccount = Callable[[str], SocialAccount | None]  # by sub; asked once for each sign-in


@dataclass(frozen=True)
class Profile:
    """Who the visitor is, and all that the provider said, for access rules.

    `auth_time` is when the provider asked the visitor to sign in, a NumericDate; None if unknown.
    """

    identity: Identity
    claims: Mapping[str, object]
    auth_time: float | None


class ProviderClient(ABC):
    """The conversation with one provider, for one request of a visitor."""

    is_id = staticmethod(is_id)  # tells whether a value can be an id
    required_scope: tuple[str, ...] = ()  # asked for, whatever scope the admin chose
    memberships_scope: tuple[str, ...] = ()  # asked for if a rule needs the memberships

    def __init__(
        self,
        provider: Provider,
        request: HttpRequest,
        needs: frozenset[Need] = frozenset(),
        claims: Collection[str] = (),
    ) -> None:
        self.provider = provider
        self.needs = needs
        self.claims = {"email", "name", *claims}  # what the profile should say
        self.request = request
        self.kind = provider.catalogued
        self.base_url = provider.base_url or self.kind.base_url
        self.http = session_for(provider.slug, provider.address_policy)
        self.default_token_endpoint_auth_method = self.kind.token_endpoint_auth_method

    @abstractmethod
    def server(self) -> flow.AuthorizationServer:
        """Return the provider's endpoints."""

    @abstractmethod
    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, find_account: FindAccount
    ) -> Profile:
        """Ask who the visitor is (step 7). Raises `ProfileError` and `IdTokenError`.

        `find_account` finds what we know of the visitor: some providers send a name only once.
        """

    def organisations(self, access_token: str) -> frozenset[str]:
        """Return the organisations that the visitor is a member of. Few providers list them."""
        raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN)

    def teams(self, access_token: str) -> frozenset[str]:
        """Return the teams that the visitor is a member of, as `organisation/team`."""
        raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN)

    def claims_now(self, access_token: str, uid: str) -> Mapping[str, object]:
        """Return the present claims of somebody who signed in a while ago."""
        raise ProfileError(ErrorCode.MEMBERSHIP_UNKNOWN)

    def revoke(self, access_token: str, refresh_token: str) -> bool:
        """Revoke a person's tokens (RFC 7009 §2.1). Returns False if the provider cannot do that.

        This revokes the refresh token first. That should end the access token too, and some
        providers cannot revoke an access token by itself (§2.2.1). Raises `SignInError`.
        """
        server = self.server()
        if not server.revocation_endpoint:
            return False
        registration = None if self.kind.revokes_grant else self.registration()
        tokens = {"refresh_token": refresh_token, "access_token": access_token}
        first, *others = (
            more_messages.revocation_request(server, registration, token, hint)
            for hint, token in tokens.items()
            if token
        )
        self._revoke(first)
        for request in others if registration else ():
            with suppress(AccessTokenError):
                self._revoke(request)
        return True

    def _revoke(self, request: AccessTokenRequest) -> None:
        data, headers = request.data, request.headers
        response = self.http.request(
            "POST", request.url, data=data, headers=headers, max_bytes=TOKEN_RESPONSE
        )
        more_messages.revocation_response(response.status_code)

    def registration(self) -> Client:
        """Return our registration, with the secret opened.

        The admin decides how the secret is sent (RFC 6749 §2.3.1), never a discovery document.
        """
        provider, kind, needs = self.provider, self.kind, self.needs
        required = (name for name in self.required_scope if name not in provider.scopes)
        memberships = self.memberships_scope if Need.MEMBERSHIPS in needs else ()
        to_ask_again = kind.to_ask_again if Need.TO_ASK_AGAIN in needs else ()
        return Client(
            client_id=provider.client_id,
            client_secret=self.secret(),
            redirect_uri=provider.redirect_uri,
            scope=tuple(dict.fromkeys((*required, *provider.scopes, *memberships))),
            authorization_parameters=kind.authorization_parameters + to_ask_again,
            login_again=kind.login_again,
            another_account=kind.another_account,
            response_mode=kind.response_mode,
            token_endpoint_auth_method=TokenEndpointAuthMethod(
                provider.token_endpoint_auth_method or self.default_token_endpoint_auth_method
            ),
            client_id_parameter=kind.client_id_parameter,
            sends_verifier=kind.sends_verifier,
        )

    def secret(self) -> str:
        """Open the client secret. Raises `AuthorizationRequestError` without the right key."""
        with opening("client secret"):
            return self.provider.client_secret

    def extra_value(self, key: str) -> str:
        """Open one of the kind's extra values."""
        with opening(key):
            value = self.provider.extra.get(key, "")
        if not value:
            raise AuthorizationRequestError(ErrorCode.SETTING_MISSING, f"{key} is missing")
        return value

    def send(self, request: AccessTokenRequest) -> flow.AccessToken:
        """Send the access token request and judge its answer (steps 5 and 6)."""
        data, headers = request.data, request.headers
        response = self.http.request(
            "POST", request.url, data=data, headers=headers, max_bytes=TOKEN_RESPONSE
        )
        content_type = response.headers.get("Content-Type", "")
        return flow.access_token_response(response.status_code, content_type, response.content)

    def ask(
        self, url: str, access_token: str, accept: str = "application/json"
    ) -> requests.Response:
        """Call the provider's API with the access token (RFC 6750 §2.1). Raises `ProfileError`."""
        headers = {"Authorization": f"Bearer {access_token}", "Accept": accept}
        return checked(self.http.get(url, headers=headers))

    def profile(
        self, sub: str, claims: Mapping[str, object], source: Mapping[str, object]
    ) -> Profile:
        """Return the profile with a cleaned identity. Raises `ProfileError` if `sub` is no id.

        Every identity of a sign-in is made here. `source` says whether the address is proven (OIDC
        Core §5.1), which counts only if the provider may vouch for its domain. `joined_sub` has
        judged the parts of a `sub` that a kind joins. Servers that do not know `auth_time` send one
        in 1970 or before; for a kind that cannot be made to ask again it does not count.
        """
        kind = self.kind
        if not kind.sub_claims and not self.is_id(sub):
            raise ProfileError(ErrorCode.SUBJECT_INVALID, "the id is none")
        is_proven = kind.verified_claim != "" and member_of(source, kind.verified_claim) is True
        claims = {**claims, "email_verified": is_proven}
        try:
            identity = Identity.from_claims(self.provider.slug, sub, claims)
        except ValueError as error:
            raise ProfileError(ErrorCode.SUBJECT_INVALID, str(error)) from None
        domain = identity.email.rpartition("@")[2]
        if identity.email_verified and not self.provider.may_vouch_for(domain):
            identity = replace(identity, email_verified=False, unvouched_domain=domain)
        auth_time: Any = claims.get("auth_time")
        is_told = kind.max_age is not None and type(auth_time) in NUMERIC_DATE and auth_time > 0
        return Profile(identity, claims, auth_time if is_told else None)

    def joined_sub(self, claims: Mapping[str, object]) -> str:
        """Join the claims that identify the visitor; each of them has to be an id.

        Only the last may contain a dot. Otherwise two people could have the same `sub`.
        """
        names = self.kind.sub_claims or ("sub",)
        judge = is_id if self.kind.sub_claims else self.is_id
        parts = [member_of(claims, name) for name in names]
        if not all(map(judge, parts)) or any("." in str(part) for part in parts[:-1]):
            raise ProfileError(ErrorCode.SUBJECT_INVALID, " and ".join(names))
        return ".".join(map(str, parts))


def is_down(error: SignInError) -> bool:
    """Tell whether the provider would not answer the next request either."""
    return isinstance(error, OutgoingError) or error.code in DOWN


@contextmanager
def opening(what: str) -> Iterator[None]:
    """Raise `AuthorizationRequestError` if ENCRYPTION_KEYS do not open a value of the provider."""
    try:
        yield
    except SealBrokenError:
        detail = f"ENCRYPTION_KEYS do not open the {what}"
        raise AuthorizationRequestError(ErrorCode.SECRET_UNREADABLE, detail) from None
