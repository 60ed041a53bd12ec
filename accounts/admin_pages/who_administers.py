"""Keep at least one admin, also when two admins change each other at the same moment."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.socialaccount.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.errors import LastAdminError
from accounts.removal import leaving_an_admin
from sessions.models import User

LAST_ADMIN = "Nothing has been changed: nobody could sign in as an admin any more."
Page = Callable[..., HttpResponse]


def one_after_another(page: Page) -> Page:
    """Let a page change people if the sender is still an admin, and if an admin remains."""

    @wraps(page)
    def guarded(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return page(self, request, *args, **kwargs)
        try:
            with leaving_an_admin(_usable(request)):
                _require_an_admin(request)
                return page(self, request, *args, **kwargs)
        except LastAdminError:
            list(messages.get_messages(request))  # reading drops them: what they say was undone
            messages.error(request, LAST_ADMIN)
            return HttpResponseRedirect(request.path)

    return guarded


def _usable(request: HttpRequest) -> set[str]:
    return {app.provider_id for app in get_adapter().list_apps(request)}


def _require_an_admin(request: HttpRequest) -> None:
    """Check the present rights of the sender. The lock is held already."""
    before = cast("User", request.user)
    now = User.objects.filter(pk=before.pk, is_active=True, is_staff=True).first()
    if now is None or (before.is_superuser and not now.is_superuser):
        raise PermissionDenied
