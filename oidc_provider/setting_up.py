"""What is filled in for a new app, and what an admin pastes on its side."""

import re

from django.conf import settings
from django.utils.text import slugify

from oidc_provider.catalogue import AppKind, Values
from oidc_provider.form_checks import is_web_address
from oidc_provider.models import App, Authentication
from protocol.authorization_server.metadata import PATHS
from protocol.authorization_server.redirect_uris import origin_of
from providers.form_checks import pasted
from web.whose_site import SIGNET, current

SLUG_LENGTH = 40  # characters of a client ID, which leaves room for a number
NAME_LENGTH = 30  # characters of our label in an app's redirect URI


def fill_in(app: App, name: str = "") -> None:
    """Fill in what the kind knows and nobody has entered. `name` is the app's label for us.

    Nothing follows from a wrong address.
    """
    kind = app.catalogued
    if kind.public:
        app.authentication = Authentication.NONE
    if app.launch_url and not is_web_address(pasted(app.launch_url)):
        return
    if not app.redirect_uris and (app.launch_url or not needs_address(kind)):
        app.redirect_uris = [*kind.redirect_uris(app.launch_url, name or usual_name())]
    if not app.post_logout_redirect_uris and app.launch_url:
        found = kind.post_logout_redirect_uris(app.launch_url, name or usual_name())
        app.post_logout_redirect_uris = [*found]


def needs_address(kind: AppKind) -> bool:
    """Tell whether redirect URIs follow from the app's address."""
    return any("{app}" in template for template in kind.redirect_uri_templates)


def usual_name() -> str:
    """Return the label that an app gets for us if nobody chooses another."""
    return slugify(current().name)[:NAME_LENGTH].strip("-") or SIGNET.lower()


def free_slug(name: str) -> str:
    """Return an unused client ID for an app of this name."""
    name = slugify(name)[:SLUG_LENGTH].strip("-_") or "app"
    taken = {*App.objects.filter(slug__startswith=name).values_list("slug", flat=True)}
    numbered = (f"{name}-{number}" if number > 1 else name for number in range(1, len(taken) + 2))
    return next(slug for slug in numbered if slug not in taken)


def values_of(app: App, secret: str = "") -> Values:
    """Return what snippets say of us and of an app; `secret` while it is known."""
    endpoints = {name: settings.BASE_URL + path for name, path in PATHS.items()}
    names = ("authorization", "token", "userinfo", "end_session")
    return Values(
        issuer=settings.BASE_URL,
        **{f"{name}_endpoint": endpoints[f"{name}_endpoint"] for name in names},
        jwks_uri=endpoints["jwks_uri"],
        site=current().name,
        app=app.launch_url or next(map(origin_of, app.redirect_uris), ""),
        name=name_in(app),
        client_id=app.client_id,
        client_secret=secret,
        redirect_uri=next(iter(app.redirect_uris), ""),
    )


def name_in(app: App) -> str:
    """Return the app's label for us, as its redirect URIs have it."""
    for template in app.catalogued.redirect_uri_templates:
        pattern = re.escape(template).replace(r"\{name\}", "([^/?]+)").replace(r"\{app\}", ".+?")
        for uri in app.redirect_uris:
            if "{name}" in template and (match := re.fullmatch(pattern, uri)):
                return match[1]
    return usual_name()


def drafted(kind: AppKind) -> App:
    """Return an app as the catalogue would have it."""
    return App(kind=kind.id, name=kind.name, pkce=kind.pkce, scopes=kind.scopes_of_app)
