"""What an admin does about refused requests of apps: mend one, mark it as handled, read of all."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from audit.models import Action, Actor, Target
from audit.recording import difference, record, snapshot
from diagnosis.refusals import REFUSALS, in_general
from oidc_provider.failure_advice import addition
from oidc_provider.failure_rows import AppFailure
from oidc_provider.models import App
from oidc_provider.redirect_differences import in_words
from protocol.authorization_server.errors import Refusal
from sessions.recent_sign_in import Question, ask, show_question
from sessions.session_request import actor_of

CHANGE = "admin:oidc_provider_appfailure_change"
LIST = "admin:oidc_provider_appfailure_changelist"
ADD = "admin/oidc_provider/appfailure/add_redirect_uri.html"
# The groups of refusals.toml, in their order
GROUPS = {
    "request": gettext_lazy("When the app sends somebody here"),
    "client": gettext_lazy("How the app proves who it is"),
    "token": gettext_lazy("When the app asks for tokens"),
    "use": gettext_lazy("When the app uses a token"),
}


def add_redirect_uri(model_admin: Any, request: HttpRequest, failure: AppFailure) -> HttpResponse:
    """Register the redirect URI that was asked for, after the admin has looked at it."""
    if not request.user.has_perm("oidc_provider.change_app"):
        raise PermissionDenied
    offered, back = addition(failure), reverse(CHANGE, args=[failure.pk])
    if not offered.uri:
        messages.error(request, offered.why_not or _("There is nothing to add."))
        return HttpResponseRedirect(back)
    question = Question(_("Add this redirect URI"), "", back, str(failure))
    if request.method != "POST":
        app: Any = failure.app
        about = {
            "app": app,
            "uri": offered.uri,
            "difference": in_words(offered.uri, app.redirect_uris),
        }
        return show_question(model_admin, request, question, ADD, about)
    return ask(model_admin, request, question, lambda: _add(failure, actor_of(request)))


def _add(failure: AppFailure, actor: Actor) -> str:
    """Add it to the app as it is by now, record that, and count all like it as handled."""
    failure.app = app = App.objects.select_for_update().filter(failures=failure).first()
    offered = addition(failure)
    if app is None or not offered.uri:  # another admin was faster
        return offered.why_not
    before = snapshot(app)
    app.redirect_uris = [*app.redirect_uris, offered.uri]
    app.save(update_fields=["redirect_uris"])
    was, now = difference(before, snapshot(app))
    record(Action.CHANGED, actor, Target.of(app), before=was, after=now)
    like(failure).update(is_handled=True)
    words = _("Added <code>{uri}</code> to {app}.")
    return format_html(words, uri=offered.uri, app=app.name)


def handle(model_admin: Any, request: HttpRequest, pk: Any) -> HttpResponse:
    """Mark a failure, and all like it, as handled or not."""
    if not request.user.has_perm("oidc_provider.change_appfailure"):
        raise PermissionDenied
    return _handled(request, get_object_or_404(AppFailure, pk=pk))


@require_POST
def _handled(request: HttpRequest, failure: AppFailure) -> HttpResponse:
    is_handled = request.POST.get("handled") == "yes"
    with transaction.atomic():
        like(failure).update(is_handled=is_handled)
    words = _("Marked as handled.") if is_handled else _("Marked as not handled.")
    messages.success(request, words)
    return HttpResponseRedirect(reverse(CHANGE, args=[failure.pk]))


def like(failure: AppFailure) -> Any:
    """Return the failures of the same app by the same cause, at the same redirect URI."""
    rows = AppFailure.objects.filter(client_id=failure.client_id, refusal=failure.refusal)
    if failure.refusal == Refusal.REDIRECT_URI_UNKNOWN:
        rows = rows.filter(facts__redirect_uri=failure.facts.get("redirect_uri", ""))
    return rows


def causes_page(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Show every cause with its fix, of no app in particular."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    entries = [
        (each, in_general(each), each.words and each.words.filled({})) for each in REFUSALS.values()
    ]
    groups = [
        (title, [entry for entry in entries if entry[0].group == group])
        for group, title in GROUPS.items()
    ]
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": _("Why apps fail"),
        "groups": groups,
        "list_url": reverse(LIST),
        "parameter": "refusal",
        "words_for_rows": _("Failures of this kind"),
    }
    return TemplateResponse(request, "admin/shared/causes.html", context)
