"""The Django admin, entered through the same door as everything else.

Its own password form is the way in when no provider works; ADMIN_PASSWORD_LOGIN switches it off.
"""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts.password_attempts import PasswordAttempts
from audit.actor import Target
from audit.events import Action, Result
from audit.recording import note
from sessions.actors import actor_of
from sessions.csrf import kept_for_the_same_person

ADMIN = "/admin/"


class SignetAdminSite(AdminSite):
    """Signs in through `/sign-in/`, and through a password while that is allowed."""

    site_header = "Signet"
    site_title = "Signet"
    index_title = "Admin"

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the password form, or say to somebody signed in that this needs an admin."""
        if request.user.is_authenticated and not self.has_permission(request):
            return render(request, "not_an_admin.html", status=403)
        if not settings.ADMIN_PASSWORD_LOGIN:
            return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': ADMIN})}")
        attempts = PasswordAttempts(request)
        if request.method == "POST" and not attempts.begin():
            if attempts.is_first_too_many:
                _note_refusal(request, Action.ADMIN_SIGN_IN_LIMITED)
            return render(request, "too_many_attempts.html", status=429)
        if request.method == "GET" and "again" in request.GET:  # sessions.recent_sign_in.AGAIN
            _forget_who_asks(request)
        with kept_for_the_same_person(request):
            title: dict[str, object] = {"title": "Sign in with a password"}
            response = super().login(request, title | (extra_context or {}))
        if request.method == "POST":
            has_succeeded = response.status_code == 302
            attempts.note(succeeded=has_succeeded)
            if not has_succeeded:
                _note_refusal(request, Action.ADMIN_SIGN_IN_FAILED)
        return response


def _forget_who_asks(request: HttpRequest) -> None:
    """Let Django show the form, which it keeps from whoever is signed in already."""
    from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415 - needs loaded models

    request.user = AnonymousUser()


def _note_refusal(request: HttpRequest, action: "Action") -> None:
    """Note a password that was refused.

    A name is kept only if it is somebody's: a password may be typed into the wrong field.
    """
    people = get_user_model()._default_manager  # noqa: SLF001 - documented by Django
    person = people.filter(username=request.POST.get("username", "")).first()
    target = Target.of(person) if person else None
    note(action, actor_of(request), target, result=Result.REFUSED)
