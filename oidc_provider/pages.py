"""What people see of apps: those that they can open, and those that they are signed in to."""

from time import monotonic
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from oidc_provider import apps_of_person
from oidc_provider.allowed import to_open
from oidc_provider.models import App
from sessions.groups import groups_of
from sessions.models import Session
from sessions.session_request import SessionRequest, SignedInRequest, actor_of
from sessions.session_tokens import SessionToken
from web import redirects

INTERVAL = 2  # seconds between two looks for apps
_looked = [float("-inf")]  # seconds, monotonic()
SIGN_OUT, WITHDRAW = "sign_out", "withdraw"  # what may be asked, with the client ID of an app


def look_now_and_then() -> None:
    """Look in the background, so that no sign-in has to ask."""
    if monotonic() - _looked[0] >= INTERVAL:
        look_for_apps()
        _looked[0] = monotonic()


def look_for_apps() -> None:
    """Let people who ask for no page go to their apps, if the site has any that can be opened."""
    linked = App.objects.filter(enabled=True).exclude(launch_url="")
    redirects.set_home(redirects.START if linked.exists() else redirects.HOME)


@login_not_required
@require_safe
@never_cache
def home(request: SessionRequest) -> HttpResponse:
    """Send to the apps, to the account, or to the sign-in page: a query only if there are apps."""
    token = request.session_token
    if token is None:
        return redirect("sign_in")
    return redirect("apps" if is_known_to_have_apps() and has_apps(token) else "account")


def has_apps(token: SessionToken) -> bool:
    """Tell whether this person can open any app, as far as the JWT says: one query."""
    return bool(to_open(token.sub, token.claims.get("groups", [])))


def is_known_to_have_apps() -> bool:
    """Tell whether the last look has found apps. This needs no query."""
    return redirects.home() == redirects.START


@require_safe
@never_cache
def apps(request: SignedInRequest) -> HttpResponse:
    """Show the apps that the person may use."""
    session = Session.objects.filter(pk=request.session_token.sid).first()
    groups = groups_of(session, request.user) if session else []
    return render(request, "apps.html", {"apps": to_open(request.session_token.sub, groups)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_apps(request: SignedInRequest) -> HttpResponse:
    """Show what each app is told, and where somebody is signed in to it. Asks, and ends it."""
    known = apps_of_person.apps_of(request.user.pk)
    sent = request.POST if request.method == "POST" else request.GET
    by_slug = {each.app.slug: each.app for each in known}
    for verb in (SIGN_OUT, WITHDRAW):
        if app := by_slug.get(sent.get(verb, "")):
            return _end(request, app, verb)
    if request.method == "POST" or {SIGN_OUT, WITHDRAW} & {*request.GET}:  # it is over already
        return redirect("account_apps")
    context = {"held": known, "current": UUID(request.session_token.sid)}
    return render(request, "account_apps.html", context)


def _end(request: SignedInRequest, app: App, verb: str) -> HttpResponse:
    """Ask by GET, do it by POST."""
    is_withdrawal = verb == WITHDRAW
    if request.method != "POST":
        context = {"app": app, "verb": verb, "is_withdrawal": is_withdrawal}
        return render(request, "app_end.html", context)
    if is_withdrawal:
        apps_of_person.withdraw(request.user, app, actor_of(request))
        words = _("You have withdrawn your consent. {app} will learn nothing new about you.")
    else:
        apps_of_person.sign_out(request.user, app, actor_of(request))
        words = _("You are signed out of {app}.")
    messages.success(request, words.format(app=app.name))
    return redirect("account_apps")
