"""What the request of an app says to the sign-in page: its name, and in which language to ask."""

from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant

from oauth_client.on_the_way import WaitingApp
from oidc_provider import asking, pushed
from oidc_provider.models import CLIENT_ID, App
from protocol.authorization_server.errors import RefusedRequestError
from protocol.authorization_server.metadata import PATHS
from protocol.authorization_server.parameters import once

SIGN_IN = "/sign-in/"
SPEAKING = (asking.PATH, PATHS["end_session_endpoint"])  # in the language that an app asks for
MOST_LANGUAGES = 10  # of one request that are looked at


def app_at(next_: str) -> WaitingApp | None:
    """Return the app whose request somebody goes on with at this address."""
    client_ids = _parameters(next_).get("client_id", [])
    if len(client_ids) != 1 or not CLIENT_ID.fullmatch(client_ids[0]):
        return None
    app = App.objects.filter(slug=client_ids[0], enabled=True).only("kind", "name").first()
    return WaitingApp(app.name, app.mark) if app else None


def language_of(request: HttpRequest) -> str:
    """Return the first language of `ui_locales` that the site has (OpenID Connect Core §3.1.2.1).

    "" if this page belongs to no request of an app, or if the visitor has chosen one by the menu.
    """
    address = _address(request)
    if "ui_locales" not in address and "request_uri" not in address:
        return ""
    if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in dict(settings.LANGUAGES):
        return ""
    with suppress(RefusedRequestError):
        found = once(pushed.pushed(_parameters(address, SPEAKING)), ("ui_locales",))
        for tag in found.get("ui_locales", "").split()[:MOST_LANGUAGES]:
            with suppress(LookupError, ValueError):
                return get_supported_language_variant(tag)
    return ""


def _address(request: HttpRequest) -> str:
    """Return the address of the app's request that this one is, or leads to."""
    if request.path_info in SPEAKING:
        return f"{request.path_info}?{request.META.get('QUERY_STRING', '')}"
    return request.GET.get("next", "") if request.path_info.startswith(SIGN_IN) else ""


def _parameters(address: str, paths: tuple[str, ...] = (asking.PATH,)) -> dict[str, list[str]]:
    path, _, _ = address.partition("?")
    return parse_qs(urlsplit(address).query) if path in paths else {}
