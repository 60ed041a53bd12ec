"""The button that begins a try-out of an app, its way back, and the page with its result."""

import hashlib
from contextlib import suppress
from functools import partial
from http.client import responses
from typing import Any

from django.contrib import messages
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from attempts.drawing import Wording, diagram, duration, wording_of_app, words_of
from diagnosis.entries import Advice, in_words
from diagnosis.refusals import REFUSALS, filled, name_of
from oauth_client.admin_pages.tools import Tool
from oauth_client.dry_run import sid_of
from oidc_provider.claims_shown import ShownClaims
from oidc_provider.models import App
from oidc_provider.trial import destination
from oidc_provider.trial.run import Outcome, authorization_request_url, finish
from outgoing.trace import Hop
from protocol.authorization_server.errors import Refusal
from web.cache_errors import cache_errors

LIFETIME = 600  # seconds that a result is kept
LONGEST_NAME = 16  # characters of an app's name above its lane
FIRST_STEP = 3  # of the eight: the redirect to the authorization endpoint
TRY = "oidc_provider_app_try"
TRIED, BACK = (each.partition(":")[2] for each in (destination.TRIED, destination.BACK))
FAILED = gettext_lazy("The sign-in failed.")
FAILED_AT = {  # the step, counted from 1
    1: gettext_lazy("The sign-in failed at step 1, the authorization request."),
    2: gettext_lazy("The sign-in failed at step 2, the authorization response."),
    3: gettext_lazy("The sign-in failed at step 3, the token request."),
    4: gettext_lazy("The sign-in failed at step 4, the token response."),
    5: gettext_lazy("The sign-in failed at step 5, the userinfo request."),
}


def urls(model_admin: Any) -> list[URLPattern]:
    """Return the addresses of button, way back and result, for `admin_pages.URLS`."""

    def view(page: Any, *methods: str) -> Any:
        bound = partial(_allowed, model_admin, page)
        limited = require_http_methods([*methods])(bound) if methods else require_safe(bound)
        return model_admin.admin_site.admin_view(never_cache(limited))

    return [
        path("<int:pk>/try/", view(button, "GET", "POST"), name=TRY),
        path("<int:pk>/try/<str:key>/", view(result), name=TRIED),
        path("<int:pk>/try/<str:key>/back/", view(back), name=BACK),
    ]


def tools(request: HttpRequest, app: App) -> list[Tool]:
    """Begin one at once, for `admin_pages.TOOLS`."""
    if not request.user.has_perm("oidc_provider.change_app"):
        return []
    return [Tool(reverse(f"admin:{TRY}", args=[app.pk]), _("Test sign-in"), is_at_once=True)]


def _allowed(
    model_admin: Any, page: Any, request: HttpRequest, pk: Any, **place: str
) -> HttpResponse:
    app = App.objects.filter(pk=pk).first()
    if not model_admin.has_change_permission(request, app):
        raise PermissionDenied
    if app is None:
        messages.error(request, _("The app has been removed, so it can't be tested."))
        return HttpResponseRedirect(reverse("admin:oidc_provider_app_changelist"))
    response: HttpResponse = page(model_admin, request, app, **place)
    return response


def button(model_admin: Any, request: HttpRequest, app: App) -> HttpResponse:
    """Say what will happen; by POST, send the browser to the authorization endpoint."""
    if request.method != "POST":
        return _page(model_admin, request, app, {})
    if not app.enabled:
        return _kept(request, app, "off", Outcome(refusal=Refusal.APP_DISABLED))
    trial = destination.begin(request, app)
    return HttpResponseRedirect(authorization_request_url(app, trial), status=303)


def back(_model_admin: Any, request: HttpRequest, app: App, key: str) -> HttpResponse:
    """Play the app with what the browser has brought, and lead to the result."""
    trial = destination.take(request, app, key)
    if trial is None:
        return HttpResponseRedirect(reverse(f"admin:{TRIED}", args=[app.pk, key]))
    return _kept(request, app, key, finish(request, app, trial))


def result(model_admin: Any, request: HttpRequest, app: App, key: str) -> HttpResponse:
    """Show how a try-out of this session has ended."""
    with suppress(*cache_errors()):
        outcome: Outcome | None = caches["traces"].get(_name(request, app, key))
        if outcome is not None:
            return _page(model_admin, request, app, _shown(request, app, outcome))
    return _page(model_admin, request, app, {"is_gone": True})


def _kept(request: HttpRequest, app: App, key: str, outcome: Outcome) -> HttpResponse:
    caches["traces"].set(_name(request, app, key), outcome, LIFETIME)
    return HttpResponseRedirect(reverse(f"admin:{TRIED}", args=[app.pk, key]))


def _name(request: HttpRequest, app: App, key: str) -> str:
    """Return a name that is short enough for every cache, even if the key is very long."""
    return f"app-tried:{sid_of(request)}:{app.pk}:{hashlib.sha256(key.encode()).hexdigest()}"


def _page(model_admin: Any, request: HttpRequest, app: App, more: dict[str, Any]) -> HttpResponse:
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": _("Test sign-in to {app}").format(app=app.name),
        "app": app,
        "row": app,
        "try_url": reverse(f"admin:{TRY}", args=[app.pk]),
        **more,
    }
    return TemplateResponse(request, "admin/oidc_provider/app/try.html", context)


def _shown(request: HttpRequest, app: App, outcome: Outcome) -> dict[str, Any]:
    wording = wording_of_app(Truncator(app.name).chars(LONGEST_NAME))
    claims = {
        "id-token": (_("ID token"), outcome.id_token),
        "access-token": (_("Access token"), outcome.access_token),
        "userinfo": (_("Userinfo"), outcome.userinfo),
    }
    return {
        "outcome": outcome,
        "failed": _failed(outcome),
        "why": _why(outcome),
        "advice": _advice(request, app, outcome),
        "is_about_people": outcome.refusal == Refusal.PERSON_NOT_ALLOWED,
        "diagram": _diagram(outcome, _("Test sign-in to {app}").format(app=app.name), wording),
        "messages_of_app": [
            _message(hop, outcome.hops[:n], wording) for n, hop in enumerate(outcome.hops)
        ],
        "shown": [ShownClaims.of(key, *told) for key, told in claims.items() if told[1]],
    }


def _diagram(outcome: Outcome, title: str, wording: Wording) -> dict[str, Any]:
    """Draw the messages. Their steps count from 1: what an app does begins with the redirect."""
    drawn = diagram(outcome.hops, title, wording)
    for message in drawn["messages"]:
        message["step"] -= FIRST_STEP - 1
        message["number"] = message["number"] and message["step"]
    return drawn


def _failed(outcome: Outcome) -> str:
    """Say at which step it ended, "" if it has gone well."""
    steps = [hop.step - FIRST_STEP + 1 for hop in outcome.hops if hop.error]
    if not outcome.refusal and not outcome.fault:
        return ""
    return str(FAILED_AT.get(steps[-1], FAILED) if steps else FAILED)


def _why(outcome: Outcome) -> str:
    if outcome.refusal == Refusal.PERSON_DENIED:
        return _("You did not consent")
    return name_of(outcome.refusal) if outcome.refusal else in_words(outcome.fault)


def _advice(request: HttpRequest, app: App, outcome: Outcome) -> Advice | None:
    """Return cause and fix, None if it has gone well."""
    if entry := REFUSALS.get(outcome.refusal):
        person = getattr(request.user, "display_name", "")
        return filled(entry, {"app": app.name, "client_id": app.client_id, "person": person})
    if outcome.refusal == Refusal.PERSON_DENIED:
        cause = _("The app asks for consent, and you pressed Cancel.")
        return Advice(cause, _("Try again, and press Allow."))
    if outcome.fault:
        cause = _("An app that checks what it gets would have refused the sign-in here.")
        return Advice(cause, _("Try again. If it fails again, please report it."))
    return None


def _message(hop: Hop, before: tuple[Hop, ...], wording: Wording) -> dict[str, Any]:
    """Return a message as a list shows it."""
    names = wording.names
    status = f"{hop.status} {responses.get(hop.status, '')}".strip() if hop.status else ""
    return {
        "way": _("{source} to {target}").format(source=names[hop.source], target=names[hop.target]),
        "label": words_of(hop, before, wording)[0],
        "line": f"{hop.method} {hop.url}" if hop.method else status,
        "rows": [tuple(each) for each in hop.parameters],
        "duration": duration(hop.milliseconds),
    }
