"""The Django admin, which people enter through `/sign-in/` like every other page.

Its own password form is the way in when no provider works; ADMIN_PASSWORD_LOGIN switches it off.
"""

from typing import cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

ADMIN = "/admin/"


class SignetAdminSite(AdminSite):
    site_header = "Signet"
    site_title = "Signet"
    index_title = gettext_lazy("Admin")

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the password form, or say to somebody signed in that this needs an admin."""
        from accounts.password_form import PasswordForm  # noqa: PLC0415 - needs loaded models

        if request.user.is_authenticated and not self.has_permission(request):
            return render(request, "not_an_admin.html", status=403)
        if not settings.ADMIN_PASSWORD_LOGIN:
            return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': ADMIN})}")
        if request.method == "GET" and "again" in request.GET:  # sessions.recent_sign_in.AGAIN
            from django.contrib.auth.models import AnonymousUser  # noqa: PLC0415 - as above

            request.user = AnonymousUser()  # shows the form also to somebody who is signed in
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        request.current_app = self.name
        view = PasswordForm.as_view(extra_context=self._context(request))
        return cast("HttpResponse", view(request))

    def _context(self, request: HttpRequest) -> dict[str, object]:
        context = self.each_context(request) | {
            "title": _("Sign in with a password"),
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
        }
        has_next = "next" in request.GET or "next" in request.POST
        return context if has_next else context | {"next": reverse("admin:index")}

    @method_decorator(login_not_required)
    def logout(  # type: ignore[override] # Django's answers with a page of its own
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """End the session as every other page does."""
        from accounts.views import sign_out  # noqa: PLC0415 - needs loaded models
        from sessions.session_request import with_session  # noqa: PLC0415 - needs loaded models

        return sign_out(with_session(request))
