"""The page with what a check of an app has found, and its findings on the page of the app."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from oauth_client.admin_pages.tools import Tool
from oauth_client.doctor import admin as doctor
from oidc_provider.checking import examine_alone, last_report
from oidc_provider.models import App
from web.cache_errors import cache_errors

PAGE = "oidc_provider_app_check"


def urls(model_admin: Any) -> list[URLPattern]:
    """Return the page's address, for `admin_pages.URLS`."""
    view = require_http_methods(["GET", "POST"])(partial(check_view, model_admin))
    return [path("<int:pk>/check/", model_admin.admin_site.admin_view(view), name=PAGE)]


def tools(request: HttpRequest, app: App) -> list[Tool]:
    """Check at once, for `admin_pages.TOOLS`."""
    if not request.user.has_perm("oidc_provider.change_app"):
        return []
    return [Tool(reverse(f"admin:{PAGE}", args=[app.pk]), _("Check app"), is_at_once=True)]


def panel(request: HttpRequest, app: App) -> SafeString:
    """Show what the last check has found, for `admin_pages.PANELS`. No check, no panel."""
    try:
        report = last_report(app)
    except cache_errors():
        return SafeString()
    if report is None:
        return SafeString()
    context = {"report": report}
    return render_to_string("admin/providers/provider/found.html", context, request)


def check_view(model_admin: Any, request: HttpRequest, pk: Any) -> HttpResponse:
    app = get_object_or_404(App, pk=pk)
    return doctor.page(model_admin, request, app, examine_alone, last_report)
