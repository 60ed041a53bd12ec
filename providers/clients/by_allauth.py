"""Every other provider: allauth's adapter knows its endpoints and reads its profile.

allauth works with our `Provider` rows in place of its own applications.
"""

import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import requests
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.base import Provider as AllauthProvider
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from outgoing import USER_AGENT, ProviderSession
from protocol import flow
from protocol.client_authentication import Client, TokenEndpointAuthMethod
from protocol.errors import AuthorizationRequestError, ErrorCode, ProfileError, SignInError
from protocol.limits import UID_BY_ALLAUTH
from providers.clients.api_responses import checked, is_id
from providers.clients.base import FindAccount, Need, Profile, ProviderClient
from providers.models import Provider

NOT_READY = partial(AuthorizationRequestError, ErrorCode.SETTING_MISSING)
MALFORMED = partial(ProfileError, ErrorCode.PROFILE_MALFORMED)
_current: ContextVar[Any] = ContextVar("session")  # over which allauth's code sends requests


class AllauthClient(ProviderClient):
    """Does steps 3 to 6 itself. Endpoints, scope and the reading of the profile are allauth's."""

    def __init__(
        self,
        provider: Provider,
        request: HttpRequest,
        needs: frozenset[Need] = frozenset(),
        claims: Collection[str] = (),
    ) -> None:
        super().__init__(provider, request, needs, claims)
        self._app = provider.as_social_app(self.secret())
        with self._allauths_code(NOT_READY):
            self._allauth: OAuth2Provider = self._app.get_provider(request)
            if self.kind.settings:
                self._allauth.get_settings = lambda: dict(self.kind.settings)
            self._adapter = self._adapter_class()(request)
            if self._adapter.basic_auth:
                self.default_token_endpoint_auth_method = TokenEndpointAuthMethod.BASIC
            # Both would look the provider up again, by its kind and by allauth's own URL names.
            self._adapter.get_provider = lambda: self._allauth
            self._adapter.get_callback_url = lambda request, app: provider.redirect_uri
            if self._adapter.headers:
                self._adapter.headers = {"User-Agent": USER_AGENT}  # no adapter has any other

    @contextmanager
    def _allauths_code(self, failure: Callable[[str], SignInError]) -> Iterator[None]:
        """Run allauth's code, and turn every exception into an error of the flow.

        This catches everything. Some eighty adapters do not check the structure of responses, and
        raise unexpected exceptions such as StopIteration. The error names the kind, the exception
        and its place. It leaves out the exception's text, which may quote a response.
        """
        try:
            yield
        except SignInError:
            raise
        except Exception as error:  # noqa: BLE001 - see above
            (frame,) = traceback.extract_tb(error.__traceback__, limit=-1)
            place = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
            raise failure(f"{self.kind.id}: {place}") from None

    def _adapter_class(self) -> type[OAuth2Adapter]:
        """Return the adapter's class with the endpoints of the catalogue.

        Some adapters compute theirs, and a property cannot be set on an instance.
        """
        base_url = self.base_url.rstrip("/")
        endpoints = {name: url.format(base_url=base_url) for name, url in self.kind.endpoints}
        adapter: type[OAuth2Adapter] = self._allauth.oauth2_adapter_class
        return type(adapter.__name__, (adapter,), endpoints)

    def server(self) -> flow.AuthorizationServer:
        with self._allauths_code(NOT_READY):
            adapter = self._adapter
            return flow.AuthorizationServer(adapter.authorize_url, adapter.access_token_url)

    def registration(self) -> Client:
        registration = super().registration()
        with self._allauths_code(NOT_READY):
            delimiter = self._adapter.scope_delimiter
            own = tuple(self._allauth.get_auth_params().items())
        parameters = (*registration.authorization_parameters, *own)
        return replace(registration, scope_delimiter=delimiter, authorization_parameters=parameters)

    def fetch_profile(
        self, token: flow.AccessToken, attempt: flow.Attempt, find_account: FindAccount
    ) -> Profile:
        """Let the adapter fetch the profile. A few need the id that the token response names.

        Without it, they would ask for the profile of a user called None.
        """
        claim = self.kind.answer_claim
        if claim and not is_id(token.members.get(claim)):
            raise ProfileError(ErrorCode.SUBJECT_INVALID, f"{claim} of the token answer")
        with self._allauths_code(MALFORMED):
            login = self._login(token)
            uid, answer = login.account.uid, login.account.extra_data
            email = login.email_addresses[0].email if login.email_addresses else None
            picture = self._picture(login)
            known_as = {"name": login.user.name, "preferred_username": login.user.username}
            claims = known_as | {"email": email, "picture": picture}
        # Adapters trust any truthy value, or what the provider usually does. Neither is certain, so
        # the answer itself says whether the address is verified.
        sub = self.joined_sub(answer) if self.kind.sub_claims else uid
        profile = self.profile(sub, claims, answer)
        if claim and str(token.members[claim]) != uid:
            raise ProfileError(ErrorCode.SUBJECT_MISMATCH)
        return profile

    def _login(self, token: flow.AccessToken) -> SocialLogin:
        adapter, members = self._adapter, token.members
        acting = _current.set(CheckedSession(self.http))
        try:
            parsed = adapter.parse_token(members)
            return adapter.complete_login(self.request, self._app, parsed, response=members)
        except ImproperlyConfigured as error:
            if "UID_MAX_LENGTH" in str(error):
                detail = f"the id has more than {UID_BY_ALLAUTH} characters"
                raise ProfileError(ErrorCode.SUBJECT_INVALID, detail) from None
            raise
        finally:
            _current.reset(acting)

    def _picture(self, login: SocialLogin) -> object:
        """Return the address of the picture, None if there is none."""
        with suppress(ProfileError), self._allauths_code(MALFORMED):
            return self._allauth.wrap_account(login.account).get_avatar_url()
        return None


class CheckedSession:
    """The provider's connections, as allauth's adapters use them.

    Raises `ProfileError` for a refusal, because not every adapter looks at the status.
    """

    def __init__(self, session: ProviderSession) -> None:
        self._session = session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *args: object) -> None:
        """Leave the connections open for the next call."""

    def get(self, url: str, **parts: Any) -> requests.Response:
        return checked(self._session.get(url, **parts))

    def post(self, url: str, data: Any = None, **parts: Any) -> requests.Response:
        return checked(self._session.post(url, data, **parts))


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Finds providers by slug, where allauth would look for the id of a kind."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        wanted = {"slug": provider, "client_id": client_id, "enabled": True}
        rows = Provider.objects.filter(**{name: value for name, value in wanted.items() if value})
        return [row.as_social_app() for row in rows]

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> AllauthProvider:
        app = self.get_app(request, provider=provider, client_id=client_id)
        return registry.get_class(app.provider)(request, app=app)

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> AbstractBaseUser:
        """Keep the login, and the name as one line of text: names do not come in two parts."""
        parts = (data.get("first_name"), data.get("last_name"))
        full = " ".join(part for part in parts if isinstance(part, str))
        sociallogin.user.username = data.get("username")
        sociallogin.user.name = data.get("name") or full or data.get("username")
        return sociallogin.user

    def get_requests_session(self) -> requests.Session:
        return _current.get()
