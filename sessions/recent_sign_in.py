"""Require a sign-in within the last five minutes for some views, and ask admins to confirm.

A stolen session, or a browser that was left open, cannot change a key, a provider or an account.
Nothing that was typed is lost: a form that was sent waits, and goes on by itself after the sign-in
(`sessions.late_forms`). docs/recent-sign-in.md explains this to admins.

A cookie keeps the time when somebody last proved who they are in this browser. It stays after they
sign out. So a sign-in is not recent if the provider let the same browser in without asking.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from protocol.limits import FORM_POST_BODY
from sessions.kept_forms import LIFETIME, KeptForm, SmallShelf
from sessions.possession import holds_session
from sessions.session_request import View, guarded, with_session
from web import cookies
from web.cache_errors import cache_errors
from web.redirects import MAX_LENGTH

RECENT_SIGN_IN = 300  # seconds; a rule and not a setting, so that nobody has to look it up
AGAIN = "again"  # in the address of a sign-in page: asks also somebody who is signed in
LAST_ASKED_KEPT = 34_560_000  # seconds; browsers keep no cookie for longer
NUMERIC_DATE = re.compile("[1-9][0-9]{0,10}")
TEMPLATE = "admin/signet_sessions/ask.html"
WILL_ASK = gettext_lazy("Saving will ask you to sign in again.")
LATE = SmallShelf("go-on")
CONFIRMED = "post"  # the field by which Django's question before an action is answered
GOES_ON = "its person has signed in for it"
LONGEST = MAX_LENGTH - 64  # characters of an address that still has room for the mark of a form


def has_recent_sign_in(request: HttpRequest, now: float | None = None) -> bool:
    """Tell whether the person has signed in within the last five minutes.

    Refreshing a session does not count. Neither a script nor somebody with a copied JWT has ever
    signed in recently.
    """
    token = with_session(request).session_token
    if token is None or not token.is_of_browser:
        return False
    now = time.time() if now is None else now
    return bool(now - token.claims["auth_time"] <= RECENT_SIGN_IN) and holds_session(request)


def last_asked(request: HttpRequest) -> float | None:
    """Return when somebody last proved who they are in this browser; None for a new browser.

    The cookie is not protected, because forging it gains no more than deleting it.
    """
    dates = filter(NUMERIC_DATE.fullmatch, cookies.values_of(request, cookies.LAST_ASKED))
    return min(map(float, dates), default=None)


def recent_sign_in_required(view: View) -> View:
    """Ask for a new sign-in if the last one is too old, and then go on with this view."""
    return guarded(view, lambda asked: None if has_recent_sign_in(asked) else sign_in_again(asked))


def shown_again_after_sign_in(view: View) -> View:
    """Ask for a new sign-in, and then show the page again, which says what this view does.

    For what cannot be undone: a form does not go on by itself.
    """
    return guarded(view, lambda asked: None if has_recent_sign_in(asked) else show_again(asked))


def show_again(request: HttpRequest) -> HttpResponse:
    """Ask for a new sign-in that leads back to the page. A form that was posted is dropped."""
    if request.method == "POST":
        return HttpResponseRedirect(sign_in_again_url(request.get_full_path()), status=303)
    return explain_sign_in_again(request)


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Ask for a new sign-in. A form that was posted waits, and goes on by itself after it."""
    browser = (secrets.token_urlsafe(16), *secrets_of(request))
    if form := _kept(request, browser):
        response = HttpResponseRedirect(sign_in_again_url(form.address), status=303)
        keep_secrets(response, browser, LIFETIME)
        return response
    return explain_sign_in_again(request)


def explain_sign_in_again(request: HttpRequest) -> HttpResponse:
    """Say that this needs a new sign-in, with a link that leads back here by GET."""
    context = {
        "sign_in_again_url": sign_in_again_url(request.get_full_path()),
        "is_lost": request.method == "POST" and len(request.POST) > 1,
    }
    response = render(request, "sign_in_again.html", context, status=403)
    response["Cache-Control"] = "private, no-store"
    return response


def sign_in_again_url(next_: str) -> str:
    return f"{settings.LOGIN_URL}?{urlencode({AGAIN: '1', 'next': next_})}"


def page_of_late_form(request: HttpRequest, address: str) -> str:
    """Return the address of the page whose form waits at `address`; "" if none does."""
    return LATE.unmarked(address) if _late_form(request, address) else ""


def let_late_form_go_on(request: HttpRequest, address: str) -> None:
    """Let the form that waits at `address` go on by itself: its person signs in for it now.

    Otherwise a page asks first. An address can be opened by whoever was at the browser before.
    """
    with suppress(*cache_errors()):
        if form := _late_form(request, address):
            LATE.note(form, GOES_ON)


def secrets_of(request: HttpRequest) -> tuple[str, ...]:
    """Return the secrets that tie to this browser what waits in it, the newest first."""
    value = next(iter(cookies.values_of(request, cookies.LATE)), "")
    return tuple(filter(None, value.split(".")[: LATE.per_browser]))


def keep_secrets(response: HttpResponse, browser: Sequence[str], lifetime: int) -> None:
    """Give the browser its secrets, for so many seconds."""
    value = ".".join(browser[: LATE.per_browser])
    cookies.set_cookie(response, cookies.LATE, value, max_age=lifetime)


def _late_form(request: HttpRequest, address: str) -> KeptForm | None:
    with suppress(*cache_errors()):
        if f"{LATE.parameter}=" in address:
            return LATE.find(request, address, secrets_of(request))
    return None


def _kept(request: HttpRequest, browser: tuple[str, ...]) -> KeptForm | None:
    """Keep the form of this request; return None if there is none, or it may not be kept.

    Only a form that one of our pages has sent is kept: it has passed the CSRF check in this browser
    and session.
    """
    token = with_session(request).session_token
    has_passed = request.META.get("CSRF_COOKIE") and getattr(request, "csrf_processing_done", False)
    if request.method != "POST" or not has_passed or token is None or not token.is_of_browser:
        return None
    if request.FILES:  # would be lost
        return None
    if len(request.POST.urlencode()) > FORM_POST_BODY or len(request.get_full_path()) > LONGEST:
        return None
    with suppress(*cache_errors()):
        return LATE.keep_in(request, browser)
    return None


class RecentSignInAdmin(admin.ModelAdmin):
    """An admin page whose changes need a recent sign-in. Derive from it; nothing else is needed."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Say before anything is typed that saving will ask for a new sign-in."""
        may_change = self.has_change_permission(request) or self.has_add_permission(request)
        if may_change and not has_recent_sign_in(request):
            if request.method == "POST":
                return sign_in_again(request)
            messages.info(request, WILL_ASK)
        return super().changeform_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask for it before a list that was edited is saved, and before an action."""
        is_late = request.method == "POST" and not has_recent_sign_in(request)
        if is_late and self.has_view_or_change_permission(request):
            fields = request.POST.copy()
            fields.pop(CONFIRMED, None)  # what it asks, it asks again
            request.POST = fields  # type: ignore[assignment]
            return sign_in_again(request)
        edited = re.compile(rf"form-\d+-{self.opts.pk.name}")
        if not self._are_keys(
            request.POST[name] for name in request.POST if edited.fullmatch(name)
        ):
            return self._not_in_list(request)
        return super().changelist_view(request, *args, **kwargs)

    def response_action(self, request: HttpRequest, queryset: Any, *rest: Any) -> Any:
        """Refuse an action on a key that no row can have."""
        if not self._are_keys(request.POST.getlist(ACTION_CHECKBOX_NAME)):
            return self._not_in_list(request)
        return super().response_action(request, queryset, *rest)

    def _are_keys(self, keys: Iterable[str]) -> bool:
        """Tell whether rows can have these keys. A number may be too large for the column."""
        try:
            for key in keys:
                self.opts.pk.run_validators(self.opts.pk.to_python(key))
        except ValidationError:
            return False
        return True

    def _not_in_list(self, request: HttpRequest) -> HttpResponse:
        words = _("The selected rows are not in this list. Nothing has been changed.")
        messages.error(request, words)
        return HttpResponseRedirect(request.get_full_path())

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not has_recent_sign_in(request):
            return show_again(request)
        return super().delete_view(request, *args, **kwargs)


# Pages of the admin that ask for confirmation: GET asks, POST does it


@dataclass(frozen=True)
class Question:
    """The question on the page, and the address to return to."""

    verb: str
    consequence: str  # "" where the page's own template says it
    back: str
    row: str = ""  # the name of what `back` shows, "" for a list
    is_harmless: bool = False  # its button is not red


def asking(
    model_admin: Any,
    page: Callable[..., HttpResponse],
    recent: Callable[[View], View] = recent_sign_in_required,
) -> Any:
    """Open a page to admins who may change such rows and have signed in recently.

    The page gets the row that the address names, if it names one. `recent` is
    `shown_again_after_sign_in` for what cannot be undone.
    """
    permission = f"{model_admin.opts.app_label}.change_{model_admin.opts.model_name}"

    def allowed(request: HttpRequest, pk: Any = None) -> HttpResponse:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        row = () if pk is None else (get_object_or_404(model_admin.model, pk=pk),)
        return page(request, *row)

    view = require_http_methods(["GET", "POST"])(recent(allowed))
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
