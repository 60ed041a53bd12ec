"""Require a sign-in within the last five minutes for some views, and ask admins to confirm.

A stolen session, or a browser that was left open, cannot change a key, a provider or an account.
Nothing that was typed is lost: the form comes back as it was sent. After a sign-in in another tab,
it can be sent again. docs/recent-sign-in.md explains this to admins.

A cookie keeps the time when somebody last proved who they are in this browser. It stays after they
sign out. So a sign-in is not recent if the provider let the same browser in without asking.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from sessions.session_request import View, guarded, with_session
from web import cookies

RECENT_SIGN_IN = 300  # seconds; a rule and not a setting, so that nobody has to look it up
AGAIN = "again"  # in the address of a sign-in page: asks also somebody who is signed in
LAST_ASKED_KEPT = 34_560_000  # seconds; browsers keep no cookie for longer
NUMERIC_DATE = re.compile("[1-9][0-9]{0,10}")
TEMPLATE = "admin/signet_sessions/ask.html"


def has_recent_sign_in(request: HttpRequest, now: float | None = None) -> bool:
    """Tell whether the person has signed in within the last five minutes.

    Refreshing a session does not count, and a script has never signed in recently.
    """
    token = with_session(request).session_token
    if token is None or not token.is_of_browser:
        return False
    now = time.time() if now is None else now
    return bool(now - token.claims["auth_time"] <= RECENT_SIGN_IN)


def last_asked(request: HttpRequest) -> float | None:
    """Return when somebody last proved who they are in this browser; None for a new browser.

    The cookie is not protected, because forging it gains no more than deleting it.
    """
    dates = filter(NUMERIC_DATE.fullmatch, cookies.values_of(request, cookies.LAST_ASKED))
    return min(map(float, dates), default=None)


def recent_sign_in_required(view: View) -> View:
    """Ask for a new sign-in if the last one is too old, and then return to this view by GET.

    Use this only for views without a form that could be lost.
    """
    return guarded(view, lambda asked: None if has_recent_sign_in(asked) else sign_in_again(asked))


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Say that this needs a new sign-in, with a link that leads back here."""
    context = {"sign_in_again_url": sign_in_again_url(request.get_full_path())}
    response = render(request, "sign_in_again.html", context, status=403)
    response["Cache-Control"] = "private, no-store"
    return response


def sign_in_again_url(next_: str) -> str:
    return f"{settings.LOGIN_URL}?{urlencode({AGAIN: '1', 'next': next_})}"


def warning_of_old_sign_in(request: HttpRequest) -> SafeString:
    """Return the warning above a form that is about to be filled in."""
    return format_html(
        "Your sign-in is older than five minutes. Changes here need a newer one:"
        ' <a href="{}">Sign in again</a>, then come back to this page.',
        sign_in_again_url(request.get_full_path()),
    )


def error_of_old_sign_in(request: HttpRequest) -> SafeString:
    """Return the error of a form that was sent; the new tab ends on the account page."""
    return format_html(
        'Your sign-in is older than five minutes: <a href="{}" target="_blank" rel="noopener">'
        "sign in again in a new tab</a>, then save here again.",
        sign_in_again_url(settings.LOGIN_REDIRECT_URL),
    )


class RecentSignInAdmin(admin.ModelAdmin):
    """An admin page whose changes need a recent sign-in. Derive from it; nothing else is needed."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Warn before anything is typed that could not be saved."""
        may_change = self.has_change_permission(request) or self.has_add_permission(request)
        if request.method == "GET" and may_change and not has_recent_sign_in(request):
            messages.warning(request, warning_of_old_sign_in(request))
        return super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        return _refusing(form, request) if _is_too_late(request) else form

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        formset = super().get_changelist_formset(request, **kwargs)
        return _refusing(formset, request) if _is_too_late(request) else formset

    def response_action(self, request: HttpRequest, queryset: Any, *rest: Any) -> Any:
        """Refuse an action without a recent sign-in, and one on a key that no row can have."""
        if _is_too_late(request):
            return sign_in_again(request)
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(key)
        except ValidationError:
            words = "What was selected is not in this list. Nothing has been changed."
            messages.error(request, words)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset, *rest)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not has_recent_sign_in(request):
            return sign_in_again(request)
        return super().delete_view(request, *args, **kwargs)


def _is_too_late(request: HttpRequest) -> bool:
    return request.method == "POST" and not has_recent_sign_in(request)


def _refusing(form: type[Any], request: HttpRequest) -> type[Any]:
    """Return a form or formset that is like this one, is never valid, and says why."""

    class Refusing(form):  # type: ignore[misc]
        def clean(self) -> None:
            super().clean()
            for field in self:  # of a formset, these are forms
                if isinstance(field, forms.BoundField) and field.data and not _shows(field):
                    words = "Please type it once more: secrets are not sent back."
                    self.add_error(field.name, words)
            raise ValidationError(error_of_old_sign_in(request))

    return Refusing


def _shows(field: forms.BoundField) -> bool:
    """Tell whether the widget shows again what was typed."""
    widget = field.field.widget
    return not isinstance(widget, forms.PasswordInput) and widget.format_value("x") != ""


# Pages of the admin that ask for confirmation: GET asks, POST does it


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
