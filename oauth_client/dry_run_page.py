"""The button that begins a dry run, and the page with what it has found."""

import json
from functools import partial
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from access_rules.applying import with_rules
from attempts.drawing.diagram import diagram
from attempts.drawing.steps import from_the_redirect_on
from attempts.ended import Process
from diagnosis import in_words
from diagnosis.advice import advice_on
from oauth_client.dry_run.result import find
from oauth_client.dry_run.trial import sid_of
from oauth_client.pages import with_buttons
from oauth_client.views import begin
from providers.models import Provider
from sessions.claim_meanings import explained

TEMPLATE = "admin/providers/provider/try.html"
OWN_PARAGRAPHS = ("unvouched_domain", "email_problem")  # each has words of its own


def urls(model_admin: ModelAdmin) -> list[URLPattern]:
    """Return the addresses of button and page, for `ModelAdmin.get_urls`."""
    wrap = model_admin.admin_site.admin_view
    button = require_http_methods(["GET", "POST"])(partial(begin_view, model_admin))
    page = require_safe(partial(result_view, model_admin))
    return [
        path("<uuid:pk>/try/", wrap(never_cache(button)), name="providers_provider_try"),
        path("<uuid:pk>/try/<str:key>/", wrap(never_cache(page)), name="providers_provider_tried"),
    ]


def begin_view(model_admin: ModelAdmin, request: HttpRequest, pk: Any) -> HttpResponse:
    """Say what will happen; by POST, send the admin to the provider."""
    provider = _provider(model_admin, request, pk)
    if request.method == "POST":
        here = reverse("admin:providers_provider_change", args=[provider.pk])
        return begin(request, with_rules(provider), here, Process.DRY_RUN, sid_of(request))
    return with_buttons(_page(model_admin, request, provider, {}))


def result_view(model_admin: ModelAdmin, request: HttpRequest, pk: Any, key: str) -> HttpResponse:
    """Show the messages and what the sign-in would do, to the session that has tried."""
    provider = _provider(model_admin, request, pk)
    result = find(sid_of(request), key)
    context: dict[str, Any] = {"is_gone": True}
    if result:
        why = result.diagnosis or (result.outcome.obstacle if result.outcome else "")
        context = {
            "result": result,
            "diagram": diagram(
                from_the_redirect_on(result.messages), f"A dry run of {provider.name}"
            ),
            "unvouched_domain": result.unvouched_domain,
            "email_problem": result.email_problem,
            "why": in_words(why),
            "advice": advice_on(why, provider) if why else None,
            "profile": _rows(result.outcome.profile) if result.outcome else [],
            **_payload(result.outcome.claims if result.outcome else {}),
        }
    return with_buttons(_page(model_admin, request, provider, context))


def _provider(model_admin: ModelAdmin, request: HttpRequest, pk: Any) -> Provider:
    provider = get_object_or_404(Provider, pk=pk)
    if not model_admin.has_change_permission(request, provider):
        raise PermissionDenied
    return provider


def _page(
    model_admin: ModelAdmin, request: HttpRequest, provider: Provider, found: dict[str, Any]
) -> TemplateResponse:
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": f"Try {provider.name}",
        "provider": provider,
    }
    return TemplateResponse(request, TEMPLATE, context | found)


def _rows(profile: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the provider said, as far as a sign-in keeps it."""
    return [
        (name.replace("_", " "), str(value))
        for name, value in profile.items()
        if value not in ("", None) and name not in OWN_PARAGRAPHS
    ]


def _payload(claims: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of the JWT that would be issued, explained and as JSON."""
    payload = json.dumps(claims, indent=2, ensure_ascii=False)
    return {"claims": explained(claims), "payload": payload}
