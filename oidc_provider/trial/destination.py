"""A redirect URI of ours that counts for one try-out: of this session and this app."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass, field

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse

from oidc_provider.models import App
from protocol.authorization_server.authorization_request import client_of, destination_of
from protocol.authorization_server.authorization_response import address_with, error_response
from protocol.authorization_server.errors import RefusedRequestError
from protocol.authorization_server.parameters import Parameters
from protocol.flow import Attempt
from sessions.session_request import with_session
from web.cache_errors import cache_errors

LIFETIME = 600  # seconds
BACK, TRIED = "admin:oidc_provider_app_try_back", "admin:oidc_provider_app_tried"


@dataclass(frozen=True)
class Trial:
    """A try-out that has begun."""

    redirect_uri: str
    attempt: Attempt = field(repr=False)


def begin(request: HttpRequest, app: App) -> Trial:
    """Keep a new try-out for this session."""
    key = secrets.token_urlsafe(9)
    trial = Trial(_address(app, key), Attempt.new())
    caches["traces"].set(_name(request, trial.redirect_uri), trial, LIFETIME)
    return trial


def is_of_trial(request: HttpRequest, app: App, redirect_uri: str) -> bool:
    """Tell whether this session has begun a try-out of this app that ends there."""
    place = _place_of(redirect_uri)
    if not place or place[0] != app.pk:
        return False
    with suppress(*cache_errors()):
        return caches["traces"].get(_name(request, redirect_uri)) is not None
    return False


def report_at(request: HttpRequest, sent: Parameters, error: RefusedRequestError) -> str:
    """Return where the browser of a refused try-out goes, "" if the request is none.

    The try-out may be over, or of another session, or its app may have been removed. Then only an
    admin of apps is sent there.
    """
    with suppress(RefusedRequestError):
        destination = destination_of(sent)
        uri = destination.redirect_uri
        place = _place_of(uri)
        app = App.objects.filter(pk=place[0]).first() if place else None
        if not place or (app and app.slug != client_of(sent)):
            return ""
        if app and is_of_trial(request, app, uri):
            return address_with(uri, error_response(destination, error.said, settings.BASE_URL))
        if request.user.has_perm("oidc_provider.change_app"):
            return reverse(TRIED, args=place)
    return ""


def take(request: HttpRequest, app: App, key: str) -> Trial | None:
    """Return a try-out of this session for its only end, None if it is over or another's."""
    name = _name(request, _address(app, key))
    trial: Trial | None = caches["traces"].get(name)
    is_first = trial is not None and caches["traces"].delete(name)
    return trial if is_first else None


def _address(app: App, key: str) -> str:
    return _address_at(app.pk, key)


def _address_at(pk: int, key: str) -> str:
    return settings.BASE_URL + reverse(BACK, args=[pk, key])


def _place_of(redirect_uri: str) -> tuple[int, str] | None:
    """Return the key of an app's row and of its try-out, None for every other address."""
    with suppress(Resolver404):
        path = redirect_uri.removeprefix(settings.BASE_URL)
        found = resolve(path) if path.startswith("/") else None
        if found and found.view_name == BACK:
            pk, key = found.kwargs["pk"], found.kwargs["key"]
            return (pk, key) if redirect_uri == _address_at(pk, key) else None
    return None


def _name(request: HttpRequest, redirect_uri: str) -> str:
    token = with_session(request).session_token
    sid = token.sid if token else ""
    return f"app-trial:{sid}:{hashlib.sha256(redirect_uri.encode()).hexdigest()}"
