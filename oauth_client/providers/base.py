"""What every provider's client does the same way."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpRequest

from accounts import Identity
from encryption import SealBrokenError
from oauth_client import catalogue, flow
from oauth_client.catalogue import TokenEndpointAuthMethod
from oauth_client.errors import AuthorizationRequestError, ErrorCode, ProfileError
from oauth_client.models import Provider
from oauth_client.outgoing import ProviderSession, json_value, session_for

TOKEN_RESPONSE_BYTES = 65_536

# Returns the proven address that we have for a `sub`, "" where there is none.
ProvenAddress = Callable[[str], str]


class ProviderClient(ABC):
    """The conversation with one provider, for one request of a visitor."""

    extra_parameters: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, provider: Provider, request: HttpRequest) -> None:
        self.provider = provider
        self.request = request

    @abstractmethod
    def server(self) -> flow.AuthorizationServer:
        """Return the provider's endpoints."""

    @abstractmethod
    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, proven_address: ProvenAddress
    ) -> Identity:
        """Ask who the visitor is (step 7). Raises `ProfileError` and `IdTokenError`."""

    def client(self) -> flow.Client:
        """Return our registration, with the secret opened."""
        return flow.Client(
            client_id=self.provider.client_id,
            client_secret=self.secret(),
            redirect_uri=self.provider.redirect_uri,
            scope=self.provider.scopes,
            extra_parameters=self.extra_parameters,
            uses_basic=self.uses_basic,
        )

    @property
    def uses_basic(self) -> bool:
        """Tell how the secret is sent: as the admin chose, never as a discovery document says."""
        chosen = self.provider.token_endpoint_auth_method or self.usual_auth_method
        return chosen == TokenEndpointAuthMethod.BASIC

    @property
    def usual_auth_method(self) -> str | None:
        """Return the method that holds where the admin chose none."""
        return catalogue.kind(self.provider.kind).token_endpoint_auth_method

    def secret(self) -> str:
        """Open the client secret; without the right ENCRYPTION_KEYS nobody can sign in."""
        try:
            return self.provider.client_secret
        except SealBrokenError:
            detail = "ENCRYPTION_KEYS do not open the client secret"
            raise AuthorizationRequestError(ErrorCode.PROVIDER_NOT_READY, detail) from None

    @property
    def http(self) -> ProviderSession:
        return session_for(self.provider.slug, self.provider.policy)

    def send(self, request: flow.AccessTokenRequest) -> flow.AccessToken:
        """Send the access token request and judge its answer (steps 5 and 6)."""
        response = self.http.post(
            request.url, request.data, headers=request.headers, max_bytes=TOKEN_RESPONSE_BYTES
        )
        content_type = response.headers.get("Content-Type", "")
        return flow.access_token_response(response.status_code, content_type, response.content)

    def get(self, url: str, access_token: str) -> Any:
        """Call the provider's API with the access token (RFC 6750 §2.1) and return its JSON."""
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        response = self.http.get(url, headers=headers)
        _refuse_failure(response.status_code)
        return json_value(response)

    def get_object(self, url: str, access_token: str) -> dict[str, Any]:
        value = self.get(url, access_token)
        if not isinstance(value, dict):
            raise ProfileError(ErrorCode.PROFILE_MALFORMED, "the profile is no JSON object")
        return value

    def identity(self, sub: str, claims: Mapping[str, object]) -> Identity:
        """Return the cleaned identity, or raise `ProfileError` for a `sub` that is none."""
        try:
            return Identity.from_claims(self.provider.slug, sub, claims)
        except ValueError:
            raise ProfileError(ErrorCode.SUBJECT_INVALID) from None


def _refuse_failure(status: int) -> None:
    if status == 429:
        raise ProfileError(ErrorCode.RATE_LIMITED, "the provider's API")
    if status >= 500:
        raise ProfileError(ErrorCode.PROVIDER_UNAVAILABLE, f"the provider's API answers {status}")
    if status != 200:
        raise ProfileError(ErrorCode.PROFILE_REFUSED, f"the provider's API answers {status}")
