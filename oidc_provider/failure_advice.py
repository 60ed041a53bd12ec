"""What an admin reads about a refused request of an app, and what one click may mend."""

from contextlib import suppress
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from diagnosis.entries import Advice
from diagnosis.refusals import REFUSALS, filled
from oidc_provider.failure_rows import AppFailure
from oidc_provider.models import App
from oidc_provider.redirect_differences import in_words
from protocol.authorization_server.errors import Refusal
from protocol.authorization_server.redirect_uris import host_of, is_registered, problem_of
from web.shown import in_code

WEB = ("https://", "http://")


@dataclass(frozen=True)
class Addition:
    """A redirect URI that an admin may add after a look; or why that is not offered."""

    uri: str = ""
    why_not: str = ""


def advice_on(failure: AppFailure, *, names_people: bool = True) -> Advice | None:
    """Return cause and fix with the values of this failure; None for a code without an entry."""
    entry = REFUSALS.get(failure.refusal)
    if entry is None:
        return None
    sent: dict[str, str] = {name: str(value) for name, value in failure.facts.items()}
    app = failure.app
    values = sent | {
        "app": app.name if app else in_code(failure.client_id),
        "client_id": failure.client_id,
        "method": sent.get("code_challenge_method", ""),
        "person": failure.user.display_name if failure.user and names_people else "",
    }
    if app and failure.refusal == Refusal.REDIRECT_URI_UNKNOWN:
        values["difference"] = _difference(app, sent.get("redirect_uri", ""))
    return filled(entry, values)


def addition(failure: AppFailure) -> Addition:
    """Return the redirect URI that was asked for, if it may be added: on a host of the app's.

    Anybody can send a request in the name of an app. So an address on another host is never offered
    here, where one click would add it.
    """
    if failure.refusal != Refusal.REDIRECT_URI_UNKNOWN:
        return Addition()
    app, uri = failure.app, str(failure.facts.get("redirect_uri", ""))
    if app is None:
        return Addition(why_not=_("The app has been removed."))
    if is_registered(uri, app.redirect_uris):
        return Addition(why_not=_("This redirect URI is already registered."))
    if problem_of(uri, app.catalogued.schemes):
        return Addition(why_not=_("Signet accepts no redirect URI of this form."))
    hosts = {_host(known) for known in (app.launch_url, *app.redirect_uris)}
    if _host(uri) not in hosts - {""}:
        return Addition(
            why_not=_(
                "There is no button to add it, because its host is neither that of the app's "
                "address nor of a registered redirect URI. Anybody can send such a request. If "
                "the host is the app's own, add the redirect URI on the app's page."
            )
        )
    return Addition(uri)


def _difference(app: App, uri: str) -> SafeString:
    return (
        SafeString() if is_registered(uri, app.redirect_uris) else in_words(uri, app.redirect_uris)
    )


def _host(uri: str) -> str:
    """Return the host of a web address. An app's own scheme has none that counts."""
    with suppress(ValueError):
        return host_of(uri) if uri.startswith(WEB) else ""
    return ""
