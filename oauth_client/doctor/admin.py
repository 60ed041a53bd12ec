"""The page with the findings, and the check after a provider is saved."""

from contextlib import suppress
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from oauth_client.doctor.examination import SECONDS, examine_alone
from oauth_client.doctor.findings import Outcome, Report
from providers.models import Provider

REPORT_LIFETIME = 3600  # seconds
AFTER_SAVING = 4.0  # seconds that an admin who saves waits for a provider, at most
# A change of these fields needs no check.
UNCHECKED = frozenset({"name", "enabled", "position", "vouches_for"})
PAGE = "admin:providers_provider_check"
LEVELS = {
    Outcome.PROBLEM: messages.ERROR,
    Outcome.WARNING: messages.WARNING,
    Outcome.UNKNOWN: messages.INFO,
    Outcome.OK: messages.SUCCESS,
}
KEY = "doctor:report:{}"


def urls(model_admin: ModelAdmin) -> list[URLPattern]:
    """Return the page's address, for `ModelAdmin.get_urls`."""
    view = require_http_methods(["GET", "POST"])(partial(check_view, model_admin))
    name = PAGE.partition(":")[2]
    return [path("<uuid:pk>/check/", model_admin.admin_site.admin_view(view), name=name)]


def check_view(model_admin: ModelAdmin, request: HttpRequest, pk: Any) -> HttpResponse:
    """Examine the provider (POST), or show the last report (GET)."""
    provider = get_object_or_404(Provider, pk=pk)
    if not model_admin.has_change_permission(request, provider):
        raise PermissionDenied
    examines = request.method == "POST"
    report = _examined(provider) if examines else cache.get(KEY.format(provider.pk))
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": f"Is {provider.name} set up right?",
        "provider": provider,
        "report": report,
        "is_busy": examines and report is None,
    }
    return TemplateResponse(request, "admin/providers/provider/check.html", context)


def check_after_saving(request: HttpRequest, provider: Provider) -> None:
    """Examine the provider after the transaction, so that no lock waits for it."""
    transaction.on_commit(partial(_tell, request, provider))


def _tell(request: HttpRequest, provider: Provider) -> None:
    with suppress(RedisError):  # the provider is saved, and the button checks again
        if report := _examined(provider, AFTER_SAVING):
            link = 'Checked: {}. <a href="{}">See what was found</a>'
            text = format_html(link, report.summary, reverse(PAGE, args=[provider.pk]))
            messages.add_message(request, LEVELS[report.outcome], text)


def _examined(provider: Provider, seconds: float = SECONDS) -> Report | None:
    """Examine the provider, and keep the report for the page. None while another one runs."""
    report = examine_alone(provider, seconds=seconds)
    if report:
        cache.set(KEY.format(provider.pk), report, REPORT_LIFETIME)
    return report
