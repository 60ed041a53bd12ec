"""The first page of adding a provider: which kind?"""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import slugify

from providers import catalogue
from providers.form_checks import RESERVED_SLUGS
from providers.marks import Mark
from providers.models import Provider

LONGEST_SEARCH = 100  # characters


def chosen_kind(request: HttpRequest) -> catalogue.Kind | None:
    """Return the kind that was chosen, if it can be added."""
    kind = catalogue.kinds().get(_kind_id(request))
    return kind if kind and not kind.not_yet else None


def show(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show the kinds, or those that a search finds."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    groups = catalogue.groups(search).items()
    marked = [(title, [(kind, Mark.of(kind)) for kind in kinds]) for title, kinds in groups]
    context: dict[str, Any] = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": "Add a provider",
        "groups": marked,
        "search": search,
        "problem": _problem(request),
    }
    return TemplateResponse(request, "admin/providers/provider/catalogue.html", context)


def free_slug(kind: catalogue.Kind) -> str:
    """Return an unused slug for a provider of this kind."""
    name = slugify(kind.id.removesuffix("_oauth2"))
    taken = {*Provider.objects.values_list("slug", flat=True), *RESERVED_SLUGS}
    taken |= set(catalogue.kinds()) - {kind.id}
    numbered = (f"{name}-{number}" if number > 1 else name for number in range(1, len(taken) + 2))
    return next(slug for slug in numbered if slug not in taken)


def _kind_id(request: HttpRequest) -> str:
    return request.POST.get("kind") or request.GET.get("kind") or ""


def _problem(request: HttpRequest) -> str:
    """Say why the kind in the address cannot be added."""
    kind = catalogue.kinds().get(_kind_id(request))
    if kind:
        return f"{kind.name} cannot be added yet: {kind.not_yet}."
    return "There is no such kind of provider." if _kind_id(request) else ""
