"""The page on which an admin chooses what kind of provider, or of app, to add."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from providers.marks import Mark

LONGEST_SEARCH = 100  # characters


@dataclass(frozen=True)
class OfferedKind:
    """A kind as the page shows it."""

    id: str
    name: str
    mark: Mark
    is_in_words: bool = False  # else the name is the same in every language
    why_not: str = ""  # why it cannot be added yet


def chosen(request: HttpRequest) -> str:
    """Return the id of the kind that was chosen, "" if none was."""
    return request.POST.get("kind") or request.GET.get("kind") or ""


def choice(
    model_admin: Any,
    request: HttpRequest,
    find: Callable[[str], dict[str, list[OfferedKind]]],
    title: str,
    problem: str,
) -> HttpResponse:
    """Show all kinds, or those that a search finds, by the titles of their groups."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    search = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    opts = model_admin.opts
    context = model_admin.admin_site.each_context(request) | {
        "opts": opts,
        "title": title,
        "groups": [*find(search).items()],
        "search": search,
        "problem": problem,
    }
    template = f"admin/{opts.app_label}/{opts.model_name}/catalogue.html"
    return TemplateResponse(request, template, context)
