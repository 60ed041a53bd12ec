"""The options of `manage.py app add`, and the app that they describe."""

import argparse
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from oidc_provider import catalogue, setting_up
from oidc_provider.models import App, Audience, Authentication
from protocol.authorization_server.authorization_request import Pkce


def add_options(add: argparse.ArgumentParser) -> None:
    add.add_argument("slug", help=_("the client ID; you can't change it later"))
    add.add_argument("--kind", required=True, help=_("such as grafana; see `app kinds`"))
    add.add_argument("--name", help=_("what people read when they sign in"))
    launch = _("the address at which people open the app")
    add.add_argument("--launch-url", default="", metavar="URL", help=launch)
    _add_uris(add)
    public = _("an app in a browser, on a phone or desktop, which can keep no secret")
    add.add_argument("--public", action="store_true", help=public)
    pkce = _("what ties a code to the app; by default what the kind of app sends")
    add.add_argument("--pkce", choices=[each.value for each in Pkce], help=pkce)
    group = _("let only members of this group use it; may be repeated")
    add.add_argument("--for-group", metavar="GROUP", action="append", default=[], help=group)
    consent = _("ask people whether the app may know who they are")
    add.add_argument("--ask-consent", action="store_true", help=consent)
    add.add_argument("--json", action="store_true", help=_("print JSON"))


def _add_uris(add: argparse.ArgumentParser) -> None:
    """Add the options that follow from the kind and the app's address."""
    after = _("where the app receives people after they sign in; may be repeated; {default}")
    left = _("where people may return after they sign out; may be repeated; {default}")
    default = _("by default what this kind of app uses at --launch-url")
    for name, words in (("--redirect-uri", after), ("--post-logout-redirect-uri", left)):
        text = words.format(default=default)
        add.add_argument(name, metavar="URI", action="append", default=[], help=text)


def app_from(options: dict[str, Any]) -> App:
    """Return the app that the options describe. What they leave out is as the kind has it."""
    kind = catalogue.kind(options["kind"])
    if kind is None:
        raise CommandError(
            _("There is no kind {kind}. See: app kinds").format(kind=options["kind"])
        )
    app = setting_up.drafted(kind)
    usual_address = "" if options["redirect_uri"] else kind.usual_address
    app.slug, app.launch_url = options["slug"], options["launch_url"] or usual_address
    app.name = options["name"] or (app.slug if kind.is_general else kind.name)
    app.redirect_uris = options["redirect_uri"]
    app.post_logout_redirect_uris = options["post_logout_redirect_uri"]
    app.groups = options["for_group"]
    app.audience = Audience.CHOSEN if app.groups else Audience.EVERYBODY
    app.is_of_team = not options["ask_consent"]
    if options["public"]:
        app.authentication = Authentication.NONE
    app.pkce = options["pkce"] or (Pkce.REQUIRED if app.is_public else app.pkce)
    setting_up.fill_in(app)
    return app


def options_of(app: App, options: dict[str, Any]) -> dict[str, str]:
    """Return the options that fill fields of another name, or that the kind fills from another."""
    names = {"redirect_uris": "--redirect-uri", "groups": "--for-group"}
    names |= {"post_logout_redirect_uris": "--post-logout-redirect-uri"}
    if setting_up.needs_address(app.catalogued) and not options["redirect_uri"]:
        names["redirect_uris"] = "--launch-url or --redirect-uri"
    return names
