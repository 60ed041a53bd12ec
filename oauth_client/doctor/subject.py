"""What is examined, and what is known about it so far."""

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import requests
from django.http import HttpRequest

from oauth_client.doctor.findings import Finding, no_answer
from outgoing import ProviderSession, session_for
from outgoing.addresses import resolve as system_resolve
from outgoing.dialing import Resolve
from protocol import flow, token_response
from protocol.client_authentication import AccessTokenRequest, Client
from protocol.errors import OutgoingError, SignInError, outage_of
from protocol.limits import TOKEN_RESPONSE
from protocol.token_response import TokenResponse
from providers.clients import sign_in_client
from providers.clients.openid_connect import OpenIDConnectClient
from providers.discovery import Issuer
from providers.models import Provider

AGE = re.compile(r"[0-9]{1,10}")  # seconds; a cache need keep no more than 2^31 (RFC 9111 §1.2.2)


@dataclass(kw_only=True)
class Examined(ABC):
    """What the checks of one examination share. The defaults are the system's, except in tests."""

    resolve: Resolve = system_resolve
    now: Callable[[], float] = time.time
    ca_file: str = ""  # trusted certificates; "" for those that requests trusts
    skews: list[float] = field(default_factory=list)  # seconds that the other side is ahead of us

    @property
    @abstractmethod
    def name(self) -> str:
        """Return how the log names it."""

    @abstractmethod
    def no_answer(self, error: SignInError) -> Finding:
        """Say why there was no response."""

    def timed(
        self, http: ProviderSession, send: Callable[[ProviderSession], requests.Response]
    ) -> requests.Response:
        """Send a request, and note what the answer says of the other side's clock."""
        sent_at = self.now()
        response = send(http)
        self.note_time(response.headers, sent_at, self.now())
        return response

    def note_time(self, headers: Mapping[str, str], sent_at: float, received_at: float) -> None:
        """Note how far the provider is ahead; 0 if its time is between our two times."""
        try:
            date = parsedate_to_datetime(headers.get("Date", ""))  # RFC 9110 §6.6.1
            age = headers.get("Age", "")
            at = date.timestamp() + (int(age) if AGE.fullmatch(age) else 0)
        except (ValueError, OverflowError):  # a year that this machine cannot count
            return
        # The header has whole seconds.
        self.skews.append(at - min(max(at, sent_at - 1), received_at))


@dataclass
class Subject(Examined):
    """A provider that is examined."""

    provider: Provider
    server: flow.AuthorizationServer | None = None  # once the endpoints are known
    registration: Client | None = None  # ours at the provider, with the secret opened
    issuer: Issuer | None = None  # of a provider that speaks OpenID Connect
    refusal: SignInError | None = None  # why there is no registration

    def __post_init__(self) -> None:
        """Read the row as a sign-in would. No request is sent yet."""
        try:
            client = sign_in_client(self.provider, HttpRequest())
            self.registration = client.registration()
            if isinstance(client, OpenIDConnectClient):
                self.issuer = client.issuer
                self.server = self.issuer.known
            else:
                self.server = client.server()
        except SignInError as error:
            self.refusal = error

    @property
    def name(self) -> str:
        return f"provider {self.provider.slug}"

    def no_answer(self, error: SignInError) -> Finding:
        return no_answer(self.provider, error)

    def get(self, url: str, accept: str, *, keeps_redirect: bool = False) -> requests.Response:
        headers = {"Accept": accept}
        return self._timed(
            lambda http: http.request("GET", url, headers=headers, keeps_redirect=keeps_redirect)
        )

    def token_response(self, request: AccessTokenRequest) -> TokenResponse:
        """Send a request to the token endpoint. Raises `OutgoingError` for an outage or a limit."""
        data, headers = request.data, request.headers
        response = self._timed(
            lambda http: http.request(
                "POST", request.url, data=data, headers=headers, max_bytes=TOKEN_RESPONSE
            )
        )
        if outage := outage_of(response.status_code):
            raise OutgoingError(outage, f"status {response.status_code}")
        content_type = response.headers.get("Content-Type", "")
        return token_response.read(response.status_code, content_type, response.content)

    def _timed(self, send: Callable[[ProviderSession], requests.Response]) -> requests.Response:
        """Send by separate connections: an examination must not hold up a sign-in."""
        http = session_for(f"{self.provider.slug} examined", self.provider.address_policy)
        return self.timed(http, send)
