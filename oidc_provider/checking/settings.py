"""Check what has been entered for an app, before anything is sent."""

import re

from django.conf import settings
from django.utils.translation import gettext_noop as _

from oauth_client.doctor.findings import Finding, Findings, ok, problem, unknown, warning
from oidc_provider import form_checks
from oidc_provider.checking.subject import Checked
from oidc_provider.models import App
from oidc_provider.redirect_differences import difference
from oidc_provider.setting_up import name_in
from protocol.authorization_server.authorization_request import Pkce
from protocol.authorization_server.redirect_uris import HOSTS_AT_HOME, host_of, problem_of

STRENGTH = [Pkce.NEITHER, Pkce.NONCE, Pkce.REQUIRED]
SLIGHT = {"slash", "case", "spelling"}  # differences that are easy to overlook
COST = {
    Pkce.NONCE: _(
        "Without PKCE, only the nonce protects against a stolen code, and only if the app checks "
        "it."
    ),
    Pkce.NEITHER: _(
        "Without PKCE or a nonce, whoever steals a person's code can sign in to the app as "
        "that person."
    ),
}
PKCE_FIX = _("If this version of the app sends a code challenge, require PKCE.")
URI_FIX = _("Check which one the app sends. It usually is:")
PUBLIC_FIX = _("Set BASE_URL to the public https address of Signet.")


def redirect_uris(checked: Checked) -> Findings:
    """Check the form of each redirect URI, and compare it with what this kind of app uses."""
    app = checked.app
    found = [*_malformed(app), *_unusual(app)]
    yield from found or [ok(_("Each redirect URI has a form that Signet accepts."))]


def _malformed(app: App) -> Findings:
    if not app.redirect_uris:
        cause = _("No redirect URI is registered, so nobody can sign in to the app.")
        yield problem(cause, _("On the app's page, enter the redirect URI that the app sends."))
    for uri in app.redirect_uris:
        if code := problem_of(uri, app.catalogued.schemes):
            yield problem(form_checks.OF_REDIRECT_URI[code], values={"uri": uri})


def _unusual(app: App) -> Findings:
    """Say how the redirect URIs differ from those of the kind (compared letter by letter)."""
    kind = app.catalogued
    expected = kind.redirect_uris(app.launch_url, name_in(app)) if app.launch_url else ()
    missing = [uri for uri in expected if uri not in app.redirect_uris]
    for uri in missing:
        others = [each for each in app.redirect_uris if each not in expected]
        differing = difference(uri, others)
        if differing and len(differing.parts) == 1 and differing.parts[0] in SLIGHT:
            cause = _(
                "The redirect URI {registered} is almost what this kind of app sends, but every "
                "letter counts."
            )
            yield problem(cause, URI_FIX, uri, {"registered": differing.registered})
            return
    if expected and len(missing) == len(expected):
        yield _other_than(app, missing[0])


def _other_than(app: App, expected: str) -> Finding:
    """Say whether they are at another address, or of another form."""
    template = app.catalogued.redirect_uri_templates[0]
    pattern = re.escape(template).replace(r"\{name\}", "[^/?]+").replace(r"\{app\}", ".+")
    if any(re.fullmatch(pattern, uri) for uri in app.redirect_uris):
        cause = _("The redirect URIs are not at the app's address, {address}.")
        return warning(cause, URI_FIX, expected, {"address": app.launch_url})
    return warning(_("This kind of app usually sends another redirect URI."), URI_FIX, expected)


def pkce(checked: Checked) -> Findings:
    """Compare what ties a code to the app with what its kind can do (RFC 9700 §2.1.1)."""
    app = checked.app
    needs, usual = app.needs, Pkce.REQUIRED if app.is_public else app.catalogued.pkce
    if STRENGTH.index(needs) < STRENGTH.index(usual):
        yield warning(COST[needs], PKCE_FIX)
    elif STRENGTH.index(needs) > STRENGTH.index(usual):
        cause = _("PKCE is required, but this kind of app usually sends no code challenge.")
        yield warning(
            cause, _("If sign-ins fail, choose a weaker setting on the app's page, under More.")
        )
    elif needs is Pkce.REQUIRED:
        yield ok(_("PKCE is required."))
    else:
        yield ok(_("This kind of app sends no code challenge, so PKCE isn't required."))


def secret(checked: Checked) -> Findings:
    """Check that the app can prove who it is, and that no secret waits."""
    app = checked.app
    if app.takes_secret and not app.secret_digest:
        yield problem(
            _("The app has no client secret yet."), _("Create it on the app's page, and enter it.")
        )
        return
    if app.next_secret_digest:
        yield warning(
            _("Two client secrets are valid: the earlier one and the next one."),
            _("Enter the next one in the app. Then end the earlier one on the app's page."),
        )
    if used := checked.use.last_used:
        cause = _("The app last got tokens on {day}, so it can prove who it is.")
        yield ok(cause, values={"day": f"{used:%Y-%m-%d}"})
    elif not app.is_public:
        cause = _(
            "The app has got no tokens yet, so Signet can't tell whether its secret is right."
        )
        yield unknown(cause, _("Sign in to the app once, then check again."))
    else:
        yield ok(_("The app has no secret, so PKCE protects each sign-in."))


def people(checked: Checked) -> Findings:
    """Check that somebody may use the app."""
    use = checked.use
    if not checked.app.enabled:
        cause = _("The app is switched off, so nobody can sign in to it.")
        yield warning(cause, _("Enable it on its page."))
    if not use.has_people:
        cause = _("Nobody may use the app: its groups have no members.")
        yield problem(cause, _("Change who may use it, or add people to its groups."))
        return
    for name in use.empty_groups:
        cause = _("Nobody is in the group {group}, and no access rule grants it.")
        yield warning(cause, _("Add people to the group."), values={"group": name})
    if not use.empty_groups:
        yield ok(_("There are people who may use the app."))


def base_url(checked: Checked) -> Findings:
    """Check that the app can find us."""
    is_at_home = host_of(checked.app.launch_url or settings.BASE_URL) in HOSTS_AT_HOME
    if settings.IS_LOOPBACK and not is_at_home:
        cause = _("BASE_URL is an address of this computer, so an app elsewhere can't reach it.")
        yield problem(cause, PUBLIC_FIX, settings.BASE_URL)
    elif settings.IS_LOOPBACK:
        cause = _("BASE_URL is an address of this computer, so only apps on it can reach it.")
        yield warning(cause, PUBLIC_FIX)
    else:
        yield ok(_("BASE_URL is {url}."), values={"url": settings.BASE_URL})
