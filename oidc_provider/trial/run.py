"""From the way back to userinfo, with Signet in the place of the app.

The messages are made and judged by `protocol.flow`, as those of a sign-in at a provider.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from oidc_provider import endpoints
from oidc_provider.clients import standing_in
from oidc_provider.models import App, Grant
from oidc_provider.trial.calls import AppCalls
from oidc_provider.trial.credentials import credentials_for
from oidc_provider.trial.destination import Trial
from outgoing.trace import Hop, Party
from protocol import flow
from protocol.authorization_server.errors import SAID, Refusal
from protocol.authorization_server.metadata import PATHS
from protocol.client_authentication import Client
from protocol.errors import SignInError
from protocol.id_token import Expected, validate_id_token
from protocol.jwks import KeySet, usable_keys
from protocol.jws import read
from sessions.api.endpoints import jwks

BROWSER, APP, SIGNET = Party.BROWSER, Party.SIGNET, Party.PROVIDER  # the app is in our usual place
# Of two with one description, the first is meant: the other is about another app
ERRORS = {(said.error, said.description): refusal for refusal, said in reversed(SAID.items())}


@dataclass(frozen=True)
class Outcome:
    """How a try-out has ended. It has no token: only what tokens say."""

    hops: tuple[Hop, ...] = ()
    refusal: str = ""  # why we have refused the app, a `Refusal`
    fault: str = ""  # why the app would have refused us, an `ErrorCode`
    id_token: dict[str, Any] = field(default_factory=dict)
    access_token: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)


class AppRefusedError(Exception):
    """An endpoint has refused the app. The text is a closed code."""

    def __init__(self, refusal: str) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def server() -> flow.AuthorizationServer:
    """Return ourselves, as our discovery document describes us."""
    at = {name: settings.BASE_URL + path for name, path in PATHS.items()}
    return flow.AuthorizationServer(
        authorization_endpoint=at["authorization_endpoint"],
        token_endpoint=at["token_endpoint"],
        issuer=settings.BASE_URL,
        userinfo_endpoint=at["userinfo_endpoint"],
        jwks_uri=at["jwks_uri"],
        promises_iss=True,
    )


def authorization_request_url(app: App, trial: Trial) -> str:
    """Return where the browser goes first: the app asks for all that it may."""
    return flow.authorization_request_url(server(), _client(app, trial), trial.attempt)


def finish(request: HttpRequest, app: App, trial: Trial) -> Outcome:
    """Go on as the app would with what the browser has brought. The grant ends in any case."""
    play = Play(AppCalls(request), app, trial)
    refusal = fault = ""
    try:
        play.all()
    except AppRefusedError as error:
        refusal = error.refusal
    except SignInError as error:
        refusal = _refusal_in(request.GET.dict()) if error.provider_error else ""
        fault = "" if refusal else str(error.code)
    finally:
        Grant.objects.filter(app=app, redirect_uri=trial.redirect_uri).delete()
    if refusal or fault:
        play.calls.fail(refusal or fault)
    hops = tuple(play.calls.hops)
    return Outcome(hops, refusal, fault, play.id_token, play.access_token, play.userinfo)


@dataclass
class Play:
    """One try-out that goes on, with what it has found so far. Its steps raise what ends it."""

    calls: AppCalls
    app: App
    trial: Trial
    id_token: dict[str, Any] = field(default_factory=dict)
    access_token: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)

    def all(self) -> None:
        code = self._come_back()
        tokens = self._exchange(code)
        self.access_token = read(tokens.access_token).unverified_payload()
        self._verify(tokens)
        self._ask_userinfo(tokens)

    def _come_back(self) -> str:
        """Note the way there and back, and return the code (RFC 6749 §4.1.2)."""
        url = authorization_request_url(self.app, self.trial)
        sent, returned = dict(parse_qsl(urlsplit(url).query)), self.calls.request.GET
        back = self.trial.redirect_uri
        self.calls.note(Hop(3, APP, BROWSER), sent)
        self.calls.note(Hop(3, BROWSER, SIGNET, "GET", server().authorization_endpoint), {})
        self.calls.note(Hop(4, SIGNET, BROWSER, status=303), {})
        self.calls.note(Hop(4, BROWSER, APP, "GET", back), returned.dict())
        response = flow.authorization_response(dict(returned.lists()))
        return flow.authorization_code(response, server(), self.trial.attempt)

    def _exchange(self, code: str) -> flow.AccessToken:
        """Exchange the code, with credentials that are good in this call alone."""
        made = credentials_for(self.app)
        client = made.of(_client(self.app, self.trial))
        request = flow.access_token_request(server(), client, self.trial.attempt, code)
        form, header = made.sent_with(request), request.headers.get("Authorization", "")
        self.calls.step = 5
        with standing_in(made.stand_in):
            response = self.calls.call(endpoints.token, request.url, form, header)
        _refuse(response)
        content_type = response.headers["Content-Type"]
        return flow.access_token_response(response.status_code, content_type, response.content)

    def _verify(self, tokens: flow.AccessToken) -> None:
        """Verify the ID token with the published keys (OpenID Connect Core §3.1.3.7)."""
        if "openid" not in self.app.scopes:
            return
        published = self.calls.call(jwks, server().jwks_uri)
        keys, now = KeySet(tuple(usable_keys(json.loads(published.content)))), time.time()
        attempt = self.trial.attempt
        expected = Expected(
            settings.BASE_URL, self.app.client_id, attempt.nonce, tokens.access_token
        )
        validate_id_token(tokens.id_token, expected, lambda header: keys.fitting(header, now), now)
        self.id_token = read(tokens.id_token).unverified_payload()  # whole, and verified by now

    def _ask_userinfo(self, tokens: flow.AccessToken) -> None:
        self.calls.step = 7
        header, url = f"Bearer {tokens.access_token}", server().userinfo_endpoint
        with standing_in(self.app):
            response = self.calls.call(endpoints.userinfo, url, authorization=header)
        if response.status_code != 200:  # the endpoint refuses for no other reason
            raise AppRefusedError(Refusal.TOKEN_INVALID)
        self.userinfo = json.loads(response.content)


def _client(app: App, trial: Trial) -> Client:
    return Client(app.client_id, "", trial.redirect_uri, tuple(app.scopes))


def _refuse(response: HttpResponse) -> None:
    """Raise `AppRefusedError` for a refusal whose reason we know."""
    if response.status_code != 200 and (refusal := _refusal_in(json.loads(response.content))):
        raise AppRefusedError(refusal)


def _refusal_in(members: Mapping[str, str]) -> str:
    """Return the reason for an error response of ours."""
    said = members.get("error", ""), members.get("error_description", "")
    return str(ERRORS.get(said, ""))
