"""Whether the settings show that a refused request has been put right since."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oidc_provider.failure_rows import AppFailure
from oidc_provider.models import App
from oidc_provider.preview import preview
from protocol.authorization_server.authorization_request import Pkce
from protocol.authorization_server.errors import Refusal
from protocol.authorization_server.metadata import PATHS
from protocol.authorization_server.redirect_uris import is_registered


def settled(failure: AppFailure) -> str:
    """Say that the cause is gone by now, "" if it may still be there."""
    app = failure.app
    if failure.refusal == Refusal.CLIENT_UNKNOWN:
        app = App.objects.filter(slug=failure.client_id).first()
    if app is None or failure.refusal not in SETTLED:
        return ""
    is_gone, words = SETTLED[failure.refusal]
    return str(words) if is_gone(failure, app) else ""


def _is_registered(failure: AppFailure, app: App) -> bool:
    return is_registered(str(failure.facts.get("redirect_uri", "")), app.redirect_uris)


def _is_its_resource(failure: AppFailure, app: App) -> bool:
    """Not of a token request: that of the person's sign-in has to name the resource, too."""
    wanted = str(failure.facts.get("resource", "")).split()
    is_of_sign_in = failure.facts.get("endpoint") != PATHS["token_endpoint"]
    return is_of_sign_in and bool(wanted) and {*wanted} <= {*app.resources}


def _may_use_it(failure: AppFailure, app: App) -> bool:
    return failure.user is not None and preview(app, failure.user).is_allowed


SETTLED: Mapping[str, tuple[Callable[[AppFailure, App], bool], Promise]] = {
    Refusal.CLIENT_UNKNOWN: (
        lambda _failure, _app: True,
        _("An app with this client ID has been added since."),
    ),
    Refusal.REDIRECT_URI_UNKNOWN: (
        _is_registered,
        _("This redirect URI has been registered since."),
    ),
    Refusal.APP_DISABLED: (
        lambda _failure, app: app.enabled,
        _("The app has been switched on since."),
    ),
    Refusal.TARGET: (_is_its_resource, _("This resource has been added to the app since.")),
    Refusal.PERSON_NOT_ALLOWED: (_may_use_it, _("This person may use the app now.")),
    Refusal.PKCE_MISSING: (
        lambda _failure, app: app.needs != Pkce.REQUIRED,
        _("PKCE is no longer required of this app."),
    ),
    Refusal.NONCE_MISSING: (
        lambda _failure, app: app.needs == Pkce.NEITHER,
        _("The app no longer has to send either of them."),
    ),
}
