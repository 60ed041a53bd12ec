"""The admin's password form: the way in when no provider works."""

import logging
from contextlib import suppress
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.views import LoginView
from django.forms import TextInput
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from audit.models import Action, Result, Target
from audit.recording import note
from sessions.errors import AccountSuspendedError, SigningKeyUnreadableError, SignInRefusedError
from sessions.models import User
from sessions.recent_sign_in import let_late_form_go_on
from sessions.session_cookies import sign_in_browser
from sessions.session_request import actor_of, visitor_of, with_session
from sessions.starting import SessionStart, start_password_session
from web.addresses import AddressLimit, forwarding
from web.cache_errors import cache_errors
from web.cookies import PROVEN, delete_cookie

logger = logging.getLogger(__name__)
REFUSED: dict[type[SignInRefusedError], Promise] = {
    AccountSuspendedError: gettext_lazy("This account is suspended."),
    SigningKeyUnreadableError: gettext_lazy(
        "Nobody can sign in now: the signing key can't be decrypted with ENCRYPTION_KEYS."
    ),
}
PASSWORDS = AddressLimit("password-attempts", limit=10, window=600)


class AdminForm(AdminAuthenticationForm):
    """Asks for name and password of an admin."""

    username = UsernameField(
        label=gettext_lazy("Username"), widget=TextInput(attrs={"autofocus": True})
    )
    error_messages = AdminAuthenticationForm.error_messages | {
        "invalid_login": gettext_lazy(
            "No admin has this username and password. Upper and lower case matter."
        ),
    }


class PasswordForm(LoginView):
    template_name = "admin/login.html"
    authentication_form = AdminForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count one more before the password is looked at, and refuse one too many."""
        number = PASSWORDS.number(request)
        if number <= PASSWORDS.limit:
            return super().post(request, *args, **kwargs)
        if number == PASSWORDS.limit + 1:  # the address once in a window
            note_refusal(request, Action.ADMIN_SIGN_IN_LIMITED)
        return render(request, "too_many_attempts.html", status=429)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Start the session, and count the wrong passwords of this address from zero again."""
        request = with_session(self.request)
        start = SessionStart(visitor_of(request), earlier=request.session_token)
        try:
            issued = start_password_session(form.get_user(), start)
        except SignInRefusedError as error:
            logger.error("a right password starts no session: %s", error)
            if isinstance(error, AccountSuspendedError):
                note_refusal(request, Action.ADMIN_SIGN_IN_FAILED)
            form.add_error(None, str(REFUSED[type(error)]))
            return self.render_to_response(self.get_context_data(form=form), status=503)
        response = HttpResponseRedirect(self.get_success_url())
        sign_in_browser(request, response, issued)
        delete_cookie(response, PROVEN)  # of whoever was here before
        let_late_form_go_on(request, self.get_success_url())
        # The session has started: nothing may keep it from the browser.
        with suppress(*cache_errors()):
            PASSWORDS.forget(request)
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        address = forwarding(self.request).address
        logger.warning("a password was refused at the admin's form: address=%s", address)
        note_refusal(self.request, Action.ADMIN_SIGN_IN_FAILED)
        return super().form_invalid(form)


def note_refusal(request: HttpRequest, action: Action) -> None:
    """Note a password that was refused.

    A name is kept only if a person has it: somebody may have typed a password into that field.
    """
    person = User.objects.filter(username=request.POST.get("username", "")).first()
    target = Target.of(person) if person else None
    note(action, actor_of(request), target, result=Result.REFUSED)
