"""Pages of the admin that ask for confirmation: GET asks, POST does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from sessions.recent_sign_in import recent_sign_in_required

TEMPLATE = "admin/signet_sessions/ask.html"


@dataclass(frozen=True)
class Question:
    """The question on the page, and the address to return to."""

    verb: str
    consequence: str  # "" where the page's own template says it
    back: str


def asking(model_admin: Any, page: Callable[..., HttpResponse]) -> Any:
    """Open a page to admins who may change such rows and have signed in recently.

    The page gets the row that the address names, if it names one.
    """
    permission = f"{model_admin.opts.app_label}.change_{model_admin.opts.model_name}"

    def allowed(request: HttpRequest, pk: Any = None) -> HttpResponse:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        row = () if pk is None else (get_object_or_404(model_admin.model, pk=pk),)
        return page(request, *row)

    view = require_http_methods(["GET", "POST"])(recent_sign_in_required(allowed))
    return model_admin.admin_site.admin_view(view)


def ask(
    model_admin: Any, request: HttpRequest, question: Question, do: Callable[[], str]
) -> HttpResponse:
    """Ask by GET. By POST do it in one transaction, show what `do` returns, and go back."""
    if request.method != "POST":
        return show_question(model_admin, request, question, TEMPLATE, {})
    with transaction.atomic():
        sentence = do()
    messages.success(request, sentence)
    return HttpResponseRedirect(question.back)


def show_question(
    model_admin: Any, request: HttpRequest, question: Question, template: str, about: dict[str, Any]
) -> HttpResponse:
    """Show the question. A template that extends `TEMPLATE` may show more, from `about`."""
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "question": question,
        "title": f"{question.verb}?",
    }
    return TemplateResponse(request, template, context | about)
