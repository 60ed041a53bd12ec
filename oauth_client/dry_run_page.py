"""The button that begins a dry run, and the page with its result."""

import json
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from access_rules.applying import RuledProvider, rules_of
from attempts.drawing import diagram_of
from attempts.models import Process
from diagnosis import in_words
from diagnosis.advice import advice_on
from diagnosis.fields import FIELDS
from oauth_client.admin_pages.tools import Tool
from oauth_client.dry_run import DryRun, find, sid_of
from oauth_client.going import by_page
from oauth_client.pages import with_buttons
from oauth_client.views import begin
from providers.models import Provider
from sessions.api.description import explained

BY_PAGE = "by_page"  # in the address to which a page posts whose forms may not lead elsewhere
WHY = _(
    "Sign in at {provider} to see every message, your profile, and what a sign-in would do. "
    "Nothing is created or changed."
)
PROFILE = {  # members of an `Identity`; two others have paragraphs of their own
    "provider": _("Provider"),
    "sub": _("ID at the provider (sub)"),
    "name": _("Name"),
    "username": _("Username"),
    "picture": _("Picture"),
    "email": _("Email address"),
    "email_verified": _("Email address verified"),
}


def urls(model_admin: ModelAdmin) -> list[URLPattern]:
    """Return the addresses of button and page, for `ModelAdmin.get_urls`."""
    wrap = model_admin.admin_site.admin_view
    button = require_http_methods(["GET", "POST"])(partial(page, model_admin))
    result = require_safe(partial(page, model_admin))
    return [
        path("<uuid:pk>/try/", wrap(never_cache(button)), name="providers_provider_try"),
        path(
            "<uuid:pk>/try/<str:key>/", wrap(never_cache(result)), name="providers_provider_tried"
        ),
    ]


def tool(provider: Provider) -> Tool:
    address = f"{reverse('admin:providers_provider_try', args=[provider.pk])}?{BY_PAGE}"
    return Tool(address, gettext("Test sign-in"), is_at_once=True)


def page(model_admin: ModelAdmin, request: HttpRequest, pk: Any, key: str = "") -> HttpResponse:
    """Say what will happen; by POST, send the admin to the provider. With `key`: the result."""
    provider = Provider.objects.filter(pk=pk).first()
    if not model_admin.has_change_permission(request, provider):
        raise PermissionDenied
    if provider is None:
        messages.error(request, gettext("The provider has been removed, so it can't be tested."))
        return HttpResponseRedirect(reverse("admin:providers_provider_changelist"))
    if request.method == "POST":
        here = reverse("admin:providers_provider_change", args=[provider.pk])
        found = RuledProvider(provider, frozenset(rule.kind for rule in rules_of(provider)))
        begun = begin(request, found, here, Process.DRY_RUN, sid_of(request))
        words = WHY.format(provider=provider.name)
        return by_page(begun, provider, words) if BY_PAGE in request.GET else begun
    result = find(request, key) if key else None
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": gettext("Test sign-in with {provider}").format(provider=provider.name),
        "provider": provider,
        "row": provider,
        "try_url": reverse("admin:providers_provider_try", args=[provider.pk]),
        "is_gone": key and result is None,
    }
    context |= _shown(result, provider) if result else {}
    return with_buttons(TemplateResponse(request, "admin/providers/provider/try.html", context))


def _shown(result: DryRun, provider: Provider) -> dict[str, Any]:
    """Return the messages, the profile as rows, and the claims of the JWT."""
    planned = result.outcome
    why = result.diagnosis or (planned.obstacle if planned else "")
    context = {
        "result": result,
        "diagram": diagram_of(
            result.hops, gettext("Test sign-in with {provider}").format(provider=provider.name)
        ),
        "why": in_words(why) if why else "",
        "code": why,
        "field": FIELDS.get(why),
        "advice": advice_on(why, provider) if why else None,
    }
    if planned is None:
        return context
    return context | {
        "unvouched_domain": planned.profile["unvouched_domain"],
        "email_problem": planned.profile["email_problem"],
        "profile": _profile(planned.profile),
        "claims": explained(planned.claims),
        "payload": json.dumps(planned.claims, indent=2, ensure_ascii=False),
    }


def _profile(members: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the profile as rows. Without an address there is nothing to be verified."""
    answers = {True: gettext("yes"), False: gettext("no")}
    rows = {name: answers.get(value, value) for name, value in members.items()}
    if not members["email"]:
        rows |= {"email": gettext("not shared"), "email_verified": ""}
    return [(str(label), rows[name]) for name, label in PROFILE.items() if rows[name]]
