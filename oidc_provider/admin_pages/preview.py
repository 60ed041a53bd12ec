"""The page that shows what an app would be told of somebody."""

from functools import partial
from typing import Any, cast
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.admin_pages import people_search
from audit.seeing_people import may_see_people
from oauth_client.admin_pages.tools import Tool
from oidc_provider.claims_shown import ShownClaims
from oidc_provider.models import App
from oidc_provider.preview import Preview, preview
from sessions.models import User

PAGE = "oidc_provider_app_preview"
FOUND = 20  # people that a search shows
LONGEST = 200  # characters of a search


def urls(model_admin: Any) -> list[URLPattern]:
    """Return the page's address, for `admin_pages.URLS`."""
    view = never_cache(require_safe(partial(page, model_admin)))
    return [path("<int:pk>/preview/", model_admin.admin_site.admin_view(view), name=PAGE)]


def tools(request: HttpRequest, app: App) -> list[Tool]:
    """Link to the page, for `admin_pages.TOOLS`."""
    if not may_see_people(request):
        return []
    return [Tool(reverse(f"admin:{PAGE}", args=[app.pk]), _("Preview for a person"))]


def page(model_admin: Any, request: HttpRequest, pk: Any) -> HttpResponse:
    """Find somebody, or show what the app would be told of them."""
    app = get_object_or_404(App, pk=pk)
    if not (may_see_people(request) and model_admin.has_view_or_change_permission(request, app)):
        raise PermissionDenied
    term = request.GET.get("q", "").strip()[:LONGEST].replace("\0", "")
    person = _chosen(request.GET.get("person", ""))
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": _("Preview {app} for a person").format(app=app.name),
        "app": app,
        "row": app,
        "term": term,
        "is_gone": "person" in request.GET and person is None,
    }
    context |= _shown(app, preview(app, person)) if person else _found(request, term)
    return TemplateResponse(request, "admin/oidc_provider/app/preview.html", context)


def _chosen(key: str) -> User | None:
    ids = people_search.uuids(key)
    return User.objects.filter(pk__in=ids).first()


def _found(request: HttpRequest, term: str) -> dict[str, Any]:
    """Return the people whom a search finds; without one, the admin."""
    people = User.objects.order_by("name", "pk")
    if term:
        found = [*people_search.found(people, term)[: FOUND + 1]]
    else:
        found = [*people.filter(pk=cast("User", request.user).pk)]
    listed = [(each, urlencode({"person": each.pk})) for each in found[:FOUND]]
    return {"found": listed, "has_more": len(found) > FOUND}


def _shown(app: App, result: Preview) -> dict[str, Any]:
    return {
        "preview": result,
        "person": result.person,
        "obstacles": list(_obstacles(app, result)),
        "shown": [
            ShownClaims.of("id-token", _("ID token"), result.id_token),
            ShownClaims.of("access-token", _("Access token"), result.access_token),
            ShownClaims.of("userinfo", _("Userinfo"), result.userinfo),
        ],
    }


def _obstacles(app: App, result: Preview) -> list[str]:
    """Say why the person cannot use the app."""
    found = []
    if not app.enabled:
        found.append(_("The app is switched off."))
    if not result.person.is_active:
        found.append(_("This person is suspended."))
    if not result.is_allowed and app.groups:
        words = _("This person is neither chosen by name nor in one of its groups: {groups}.")
        found.append(words.format(groups=", ".join(app.groups)))
    elif not result.is_allowed:
        found.append(_("Only people chosen by name may use it, and this person is not."))
    return found
