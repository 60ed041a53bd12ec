"""The provider that is examined, and what is known about it so far."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import requests
from django.http import HttpRequest

from outgoing import ProviderSession, session_for
from outgoing.addresses import resolve as system_resolve
from outgoing.dialing import Resolve
from protocol import flow, token_response
from protocol.errors import OutgoingError, SignInError, outage_of
from protocol.limits import TOKEN_RESPONSE
from protocol.token_response import TokenResponse
from providers import catalogue
from providers.clients import sign_in_client
from providers.clients.openid_connect import OpenIDConnectClient
from providers.discovery import Issuer
from providers.models import Provider


class Host(NamedTuple):
    """A host of the provider, as Signet connects to it."""

    scheme: str
    name: str
    port: int


class TimeSample(NamedTuple):
    """The time in a response, and our times before and after it."""

    date: str
    age: str  # seconds in a cache, RFC 9111 §5.1
    sent_at: float
    received_at: float


@dataclass
class Subject:
    """What the checks share. `resolve`, `now` and `ca_file` are the system's, except in tests."""

    provider: Provider
    resolve: Resolve = system_resolve
    now: Callable[[], float] = time.time
    ca_file: str = ""  # trusted certificates; "" for those that requests trusts
    server: flow.AuthorizationServer | None = None  # once the endpoints are known
    registration: flow.Client | None = None  # ours at the provider, with the secret opened
    issuer: Issuer | None = None  # of a provider that speaks OpenID Connect
    refusal: SignInError | None = None  # why there is no registration
    time_samples: list[TimeSample] = field(default_factory=list)

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
    def kind(self) -> catalogue.Kind:
        return catalogue.kind(self.provider.kind)

    @property
    def session(self) -> ProviderSession:
        """Return separate connections: an examination must not hold up a sign-in."""
        return session_for(f"{self.provider.slug} examined", self.provider.address_policy)

    def get(self, url: str, accept: str, *, keeps_redirect: bool = False) -> requests.Response:
        headers = {"Accept": accept}
        return self._timed(
            lambda: self.session.request("GET", url, headers=headers, keeps_redirect=keeps_redirect)
        )

    def token_response(self, request: flow.AccessTokenRequest) -> TokenResponse:
        """Send a request to the token endpoint. Raises `OutgoingError` for an outage or a limit."""
        response = self._timed(
            lambda: self.session.request(
                "POST",
                request.url,
                data=request.data,
                headers=request.headers,
                max_bytes=TOKEN_RESPONSE,
            )
        )
        if outage := outage_of(response.status_code):
            raise OutgoingError(outage, f"status {response.status_code}")
        content_type = response.headers.get("Content-Type", "")
        return token_response.read(response.status_code, content_type, response.content)

    def _timed(self, send: Callable[[], requests.Response]) -> requests.Response:
        """Send a request, and keep the time that the response names."""
        began = self.now()
        response = send()
        date, age = (response.headers.get(name, "") for name in ("Date", "Age"))
        self.time_samples.append(TimeSample(date, age, began, self.now()))
        return response

    def hosts(self) -> list[Host]:
        """Return every host that a sign-in connects to, once each."""
        server, issuer = self.server, self.issuer
        urls = [issuer.url] if issuer and not issuer.known else []
        if server:
            urls += [server.authorization_endpoint, server.token_endpoint, server.jwks_uri]
        found = dict.fromkeys(_host(urlsplit(url)) for url in urls)
        return [host for host in found if host.name]


def _host(url: SplitResult) -> Host:
    default = 80 if url.scheme == "http" else 443
    return Host(url.scheme, url.hostname or "", url.port or default)
