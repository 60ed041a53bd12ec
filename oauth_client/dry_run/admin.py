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

import accounts
from oauth_client.attempts.explanation import values_of
from oauth_client.diagnosis import Diagnosis, advice_for
from oauth_client.dry_run.result import Result, find
from oauth_client.dry_run.trial import sid_of
from oauth_client.how_it_works.page import diagram
from oauth_client.how_it_works.steps import IN_GENERAL
from oauth_client.models import Provider
from oauth_client.pages import with_buttons
from oauth_client.progress import Process

TEMPLATE = "admin/oauth_client/provider/try.html"


def urls(model_admin: ModelAdmin) -> list[URLPattern]:
    """Return the addresses of button and page, for `ModelAdmin.get_urls`."""
    wrap = model_admin.admin_site.admin_view
    begin = require_http_methods(["GET", "POST"])(partial(begin_view, model_admin))
    page = require_safe(partial(result_view, model_admin))
    return [
        path("<uuid:pk>/try/", wrap(never_cache(begin)), name="oauth_client_provider_try"),
        path(
            "<uuid:pk>/try/<str:key>/", wrap(never_cache(page)), name="oauth_client_provider_tried"
        ),
    ]


def begin_view(model_admin: ModelAdmin, request: HttpRequest, pk: Any) -> HttpResponse:
    """Say what will happen; by POST, send the admin to the provider."""
    from oauth_client.views import begin  # noqa: PLC0415 - it shows this page

    provider = _provider(model_admin, request, pk)
    if request.method == "POST":
        here = reverse("admin:oauth_client_provider_change", args=[provider.pk])
        return begin(request, provider, here, Process.DRY_RUN, str(request.user.pk))
    return with_buttons(_page(model_admin, request, provider, {}))


def result_view(model_admin: ModelAdmin, request: HttpRequest, pk: Any, key: str) -> HttpResponse:
    """Show what was said and what it would have come to, to the session that has tried."""
    provider = _provider(model_admin, request, pk)
    result = find(sid_of(request), key)
    context: dict[str, Any] = {"is_gone": True}
    if result:
        context = {
            "result": result,
            "diagram": diagram(_whole(result), f"A dry run of {provider.name}"),
            "advice": _advice(result.diagnosis, provider),
            "obstacle": _advice(_obstacle(result), provider),
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


def _whole(result: Result) -> tuple[Any, ...]:
    """Return the messages behind the redirect, which is the same every time."""
    kept = result.messages
    begins_later = bool(kept) and kept[0].step > 3
    return (*(hop for hop in IN_GENERAL if hop.step == 3 and begins_later), *kept)


def _obstacle(result: Result) -> Diagnosis | None:
    obstacle = result.outcome.obstacle if result.outcome else ""
    return Diagnosis(obstacle) if obstacle else None


def _advice(diagnosis: Diagnosis | None, provider: Provider) -> Any:
    return advice_for(diagnosis).filled(values_of(provider)) if diagnosis else None


def _rows(profile: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the provider told, as far as it is kept in a sign-in."""
    return [(name.replace("_", " "), str(value)) for name, value in profile.items() if value != ""]


def _payload(claims: dict[str, Any]) -> dict[str, Any]:
    """Return what the JWT would say, explained and as it stands."""
    payload = json.dumps(claims, indent=2, ensure_ascii=False)
    return {"claims": accounts.claims_in_words(claims), "payload": payload}
