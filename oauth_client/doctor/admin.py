"""The page with the findings, and the check after a provider is saved."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from oauth_client.admin_pages.tools import Tool
from oauth_client.doctor.examination import examine_alone
from oauth_client.doctor.findings import Report, last_report
from providers.models import Examination, Provider
from web.cache_errors import cache_errors

AFTER_SAVING = 4.0  # seconds that an admin who saves waits for a provider, at most
# A change of these fields needs no check.
UNCHECKED = frozenset({"name", "enabled", "position", "vouches_for"})
Row = TypeVar("Row", bound=models.Model)
PAGE = "admin:providers_provider_check"


def urls(model_admin: ModelAdmin) -> list[URLPattern]:
    """Return the page's address, for `ModelAdmin.get_urls`."""
    view = require_http_methods(["GET", "POST"])(partial(check_view, model_admin))
    name = PAGE.partition(":")[2]
    return [path("<uuid:pk>/check/", model_admin.admin_site.admin_view(view), name=name)]


def tool(provider: Provider) -> Tool:
    return Tool(reverse(PAGE, args=[provider.pk]), _("Check provider"), is_at_once=True)


def check_view(model_admin: ModelAdmin, request: HttpRequest, pk: Any) -> HttpResponse:
    provider = get_object_or_404(Provider, pk=pk)
    return page(model_admin, request, provider, examine_alone, last_report)


def page(
    model_admin: Any,
    request: HttpRequest,
    row: Row,
    examine: Callable[[Row], Report | None],
    last: Callable[[Row], Report | None],
) -> HttpResponse:
    """Examine the row (POST), or show the last report (GET)."""
    if not model_admin.has_change_permission(request, row):
        raise PermissionDenied
    if request.method == "POST":
        if examine(row) is None:
            messages.warning(
                request, _("A check is already running. Reload this page in a few seconds.")
            )
        return HttpResponseRedirect(request.path)
    opts = model_admin.opts
    context = model_admin.admin_site.each_context(request) | {
        "opts": opts,
        "title": _("Check {name}").format(name=row),
        "row": row,
        "report": last(row),
    }
    template = f"admin/{opts.app_label}/{opts.model_name}/check.html"
    return TemplateResponse(request, template, context)


def check_after_saving(provider: Provider) -> None:
    """Examine the provider after the transaction, so that no lock waits for it."""
    Examination.objects.filter(provider=provider).delete()  # it is of what was stored before
    transaction.on_commit(partial(_check, provider))


def _check(provider: Provider) -> None:
    with suppress(*cache_errors()):  # the provider is saved, and the button checks again
        examine_alone(provider, seconds=AFTER_SAVING)
