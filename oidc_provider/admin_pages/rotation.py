"""An admin makes a client secret, sees it once, and ends the earlier one when the app has it."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oidc_provider import client_secrets
from oidc_provider.clients import digest_of
from oidc_provider.models import App
from sessions.recent_sign_in import Question, ask, show_question
from sessions.session_request import actor_of
from web import cookies
from web.sealed_cookies import SealedCookie

SHOWN_FOR = 60  # seconds in which the next page shows what was made
MADE = SealedCookie("client secret that is shown to the admin who made it")
ASK = "admin/oidc_provider/app/ask_secret.html"
NO_SECRET = gettext_lazy("{app} doesn't use a client secret.")
NO_NEXT = gettext_lazy("{app} has no next client secret.")


def page_of(app: App) -> str:
    return reverse("admin:oidc_provider_app_change", args=[app.pk])


def locked(app: App) -> App:
    """Lock the row of an app, as it is by now. Raises `Http404` if it has been removed."""
    return get_object_or_404(App.objects.select_for_update(), pk=app.pk)


def make(model_admin: Any, request: HttpRequest, app: App) -> HttpResponse:
    """Ask, then make a secret, and lead to the page that shows it.

    Who confirms says which next secret ends: an old page, or a second press, ends none unseen.
    """
    if not app.takes_secret:
        messages.error(request, NO_SECRET.format(app=app.name))
        return HttpResponseRedirect(page_of(app))
    with transaction.atomic():
        app = locked(app)
        ended = client_secrets.ended_by_next(app)
        if request.method == "POST" and request.POST.get("replaces", "") == ended:
            return made(request, app)
    question = Question(_verb(app), _consequence(app), page_of(app), app.name, not ended)
    return show_question(model_admin, request, question, ASK, {"replaces": ended})


def made(request: HttpRequest, app: App) -> HttpResponseRedirect:
    """Make the secret of an app whose row is locked or new, and redirect to its page."""
    response = HttpResponseRedirect(page_of(app))
    if app.takes_secret:
        secret = client_secrets.make_next(app, actor_of(request))
        context = _context(request, app)
        MADE.set(response, cookies.JUST_MADE, secret, max_age=SHOWN_FOR, context=context)
    return response


def just_made(request: HttpRequest, app: App) -> str:
    """Return the secret that this admin made by the request before, "" if there is none."""
    kept = MADE.texts_in(request, cookies.JUST_MADE, context=_context(request, app))
    good = (app.secret_digest, app.next_secret_digest)
    return next((secret for (secret,) in kept if digest_of(secret) in good), "")


def use_next(model_admin: Any, request: HttpRequest, app: App) -> HttpResponse:
    """Ask, then end the earlier secret."""
    words = _(
        "The earlier client secret of {app} stops working at once. Enter the next one in the app "
        "before you do this."
    )
    question = Question(
        _("End the earlier secret"), words.format(app=app.name), page_of(app), app.name
    )
    if not app.next_secret_digest:
        messages.error(request, NO_NEXT.format(app=app.name))
        return HttpResponseRedirect(page_of(app))
    return ask(model_admin, request, question, lambda: _ended(request, app))


def _ended(request: HttpRequest, app: App) -> str:
    client_secrets.use_next(locked(app), actor_of(request))
    return _("Only the newest client secret of {app} works now.").format(app=app.name)


def _verb(app: App) -> str:
    if app.next_secret_digest:
        return _("Replace the next secret")
    return _("Create the next secret") if app.secret_digest else _("Create client secret")


def _consequence(app: App) -> str:
    if not app.secret_digest:
        words = _("{app} gets a client secret, which you see once.")
    elif not app.next_secret_digest:
        words = _(
            "You get a second client secret, which you see once. The first one of {app} stays "
            "valid until you end it."
        )
    else:
        words = _(
            "You get a new next client secret, which you see once. The first one of {app} stays "
            "valid. The next secret that was created before stops working at once."
        )
    return words.format(app=app.name)


def _context(request: HttpRequest, app: App) -> str:
    return f"{request.user.pk} {app.pk}"
