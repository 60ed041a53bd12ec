"""Every other provider: allauth's adapter knows where its endpoints are and how a profile reads."""

from dataclasses import replace
from typing import Any, Self

import requests
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

from accounts import Identity
from oauth_client import flow
from oauth_client.adapter import acting_over
from oauth_client.errors import ErrorCode, ProfileError
from oauth_client.flow import TokenEndpointAuthMethod
from oauth_client.limits import UID_BY_ALLAUTH
from oauth_client.models import Provider
from oauth_client.outgoing import USER_AGENT, ProviderSession
from oauth_client.providers.base import FindAccount, ProviderClient, refuse_failure

# What adapters are known to raise when an answer has another shape than they trust it to have.
SHAPE_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImproperlyConfigured,
    LookupError,
    OAuth2Error,
    PermissionDenied,
    ProviderException,
    RecursionError,
    TypeError,
    ValueError,
    requests.RequestException,
)

TOO_LONG = f"the id has more than {UID_BY_ALLAUTH} characters"


class AllauthClient(ProviderClient):
    """Steps 3 to 6 are ours; endpoints, scope and the reading of the profile are allauth's."""

    def __init__(self, provider: Provider, request: HttpRequest) -> None:
        super().__init__(provider, request)
        self._app = provider.as_social_app(self.secret())
        self._allauth: OAuth2Provider = self._app.get_provider(request)
        if self.kind.settings:
            self._allauth.get_settings = lambda: dict(self.kind.settings)
        self._adapter = self._adapter_class()(request)
        # Both would look the provider up again, by its kind and by allauth's own URL names.
        self._adapter.get_provider = lambda: self._allauth
        self._adapter.get_callback_url = lambda request, app: provider.redirect_uri
        if self._adapter.headers:
            self._adapter.headers = {"User-Agent": USER_AGENT}  # no adapter has any other

    def _adapter_class(self) -> type[OAuth2Adapter]:
        """Return the adapter's class with the catalogue's endpoints, below the provider's address.

        Some adapters compute theirs, and a property cannot be set on the instance.
        """
        base_url = self.provider.issuer.rstrip("/")
        endpoints = {name: url.format(base_url=base_url) for name, url in self.kind.endpoints}
        adapter: type[OAuth2Adapter] = self._allauth.oauth2_adapter_class
        return type(adapter.__name__, (adapter,), endpoints)

    def server(self) -> flow.AuthorizationServer:
        return flow.AuthorizationServer(
            authorization_endpoint=self._adapter.authorize_url,
            token_endpoint=self._adapter.access_token_url,
        )

    def client(self) -> flow.Client:
        client = super().client()
        return replace(
            client,
            scope_delimiter=self._adapter.scope_delimiter,
            authorization_parameters=(
                *client.authorization_parameters,
                *self._allauth.get_auth_params().items(),
            ),
        )

    @property
    def default_token_endpoint_auth_method(self) -> TokenEndpointAuthMethod:
        is_basic = self._adapter.basic_auth
        return TokenEndpointAuthMethod.BASIC if is_basic else TokenEndpointAuthMethod.POST

    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, find_account: FindAccount
    ) -> Identity:
        """Let the adapter ask and read; its answer is cleaned like every other."""
        login, picture = self._complete_login(token)
        address = next(iter(login.email_addresses), None)
        return self.identity(
            self._sub(login.account),
            {
                "name": login.user.name,
                "picture": picture,
                "email": address.email if address else None,
                # Adapters go by truthiness, or by a habit of the provider: neither is a promise.
                "email_verified": self.says_verified(login.account.extra_data),
            },
        )

    def _sub(self, account: SocialAccount) -> str:
        if self.kind.sub_claims:
            return self.joined_sub(account.extra_data)
        if not _is_sub(account.uid):
            raise ProfileError(ErrorCode.SUBJECT_INVALID, "the profile has no id")
        uid: str = account.uid
        return uid

    def _complete_login(self, token: flow.AccessToken) -> tuple[SocialLogin, object]:
        """Run allauth's reading of the profile: foreign code that trusts the shape of answers."""
        try:
            with acting_over(CheckedSession(self.http)):
                parsed = self._adapter.parse_token(token.members)
                login = self._adapter.complete_login(
                    self.request, self._app, parsed, response=token.members
                )
                return login, self._allauth.wrap_account(login.account).get_avatar_url()
        except SHAPE_ERRORS as error:
            refusal = TOO_LONG if "UID_MAX_LENGTH" in str(error) else type(error).__name__
            code = ErrorCode.SUBJECT_INVALID if refusal is TOO_LONG else ErrorCode.PROFILE_MALFORMED
            raise ProfileError(code, refusal) from None


class CheckedSession:
    """The provider's connections as adapters of allauth use them.

    A status that is a refusal is raised here, since not every adapter looks at it.
    """

    def __init__(self, session: ProviderSession) -> None:
        self._session = session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        """Leave the connections open for the next call."""

    def get(self, url: str, **parts: Any) -> requests.Response:
        return self._checked(self._session.get(url, **parts))

    def post(self, url: str, data: Any = None, **parts: Any) -> requests.Response:
        return self._checked(self._session.post(url, data, **parts))

    def _checked(self, response: requests.Response) -> requests.Response:
        refuse_failure(response.status_code, response.headers)
        return response


def _is_sub(uid: str) -> bool:
    """Tell whether `uid` is an id, and not the text of a JSON value that is none."""
    return uid not in ("None", "True", "False") and not uid.startswith(("[", "{"))
