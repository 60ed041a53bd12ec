"""Every other provider: allauth's adapter knows where its endpoints are and how a profile reads."""

import requests
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

from accounts import Identity
from oauth_client import catalogue, flow
from oauth_client.adapter import acting_for
from oauth_client.catalogue import TokenEndpointAuthMethod
from oauth_client.errors import ErrorCode, ProfileError
from oauth_client.models import Provider
from oauth_client.providers.base import ProvenAddress, ProviderClient

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


class AllauthClient(ProviderClient):
    """Steps 3 to 6 are ours; endpoints, scope and the reading of the profile are allauth's."""

    def __init__(self, provider: Provider, request: HttpRequest) -> None:
        super().__init__(provider, request)
        self._app = provider.as_social_app(self.secret())
        self._allauth: OAuth2Provider = self._app.get_provider(request)
        self._adapter: OAuth2Adapter = self._allauth.get_oauth2_adapter(request)
        # Both would look the provider up again, by its kind and by allauth's own URL names.
        self._adapter.get_provider = lambda: self._allauth
        self._adapter.get_callback_url = lambda request, app: provider.redirect_uri

    def server(self) -> flow.AuthorizationServer:
        return flow.AuthorizationServer(
            authorization_endpoint=self._adapter.authorize_url,
            token_endpoint=self._adapter.access_token_url,
        )

    def client(self) -> flow.Client:
        return flow.Client(
            client_id=self.provider.client_id,
            client_secret=self._app.secret,
            redirect_uri=self.provider.redirect_uri,
            scope=tuple(self._allauth.get_scope()),
            scope_delimiter=self._adapter.scope_delimiter,
            extra_parameters=tuple(self._allauth.get_auth_params().items()),
            uses_basic=self.uses_basic,
        )

    @property
    def usual_auth_method(self) -> str:
        is_basic = self._adapter.basic_auth
        return TokenEndpointAuthMethod.BASIC if is_basic else TokenEndpointAuthMethod.POST

    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, proven_address: ProvenAddress
    ) -> Identity:
        """Let the adapter ask and read; its answer is cleaned like every other."""
        login, picture = self._complete_login(token)
        if not _is_sub(login.account.uid):
            raise ProfileError(ErrorCode.SUBJECT_INVALID, "the profile has no id")
        address = next(iter(login.email_addresses), None)
        return self.identity(
            login.account.uid,
            {
                "name": login.user.name,
                "picture": picture,
                "email": address.email if address else None,
                "email_verified": self._says_verified(login),
            },
        )

    def _says_verified(self, login: SocialLogin) -> bool:
        """Tell whether the profile itself says that its address is proven.

        Adapters of allauth go by truthiness, or by a habit of the provider: neither is a promise.
        """
        claim = catalogue.kind(self.provider.kind).verified_claim
        return bool(claim) and login.account.extra_data.get(claim) is True

    def _complete_login(self, token: flow.AccessToken) -> tuple[SocialLogin, object]:
        """Run allauth's reading of the profile: foreign code that trusts the shape of answers."""
        try:
            with acting_for(self.provider):
                parsed = self._adapter.parse_token(token.members)
                login = self._adapter.complete_login(
                    self.request, self._app, parsed, response=token.members
                )
                return login, self._allauth.wrap_account(login.account).get_avatar_url()
        except requests.HTTPError:
            raise ProfileError(ErrorCode.PROFILE_REFUSED, "the provider's API") from None
        except SHAPE_ERRORS as error:
            raise ProfileError(ErrorCode.PROFILE_MALFORMED, type(error).__name__) from None


def _is_sub(uid: str) -> bool:
    """Tell whether `uid` is an id, and not the text of a JSON value that is none."""
    return uid not in ("None", "True", "False") and not uid.startswith(("[", "{"))
