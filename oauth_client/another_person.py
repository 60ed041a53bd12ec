"""Somebody signs in again, and comes back from the provider as another person.

The session is not replaced in silence. A page says who came back, and asks. Whoever goes on as the
other person signs in once more, and then their session replaces the one before.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode

from attempts.models import Process
from oauth_client.failures import Failure
from oauth_client.progress import Progress
from oauth_client.sign_in_page import ProviderButton
from protocol.errors import ErrorCode
from sessions.models import User
from sessions.recent_sign_in import AGAIN
from sessions.session_request import with_session
from web.redirects import safe_next

INSTEAD = "instead"  # the field of a form: whoever comes back replaces who is signed in


def who_signs_in_again(request: HttpRequest) -> str:
    """Return the key of whoever is signed in; "" for a stranger, and if another may come back."""
    token = with_session(request).session_token
    return token.sub if token and INSTEAD not in request.POST else ""


def would_be_replaced(request: HttpRequest, progress: Progress, user: User | None) -> bool:
    """Tell whether this sign-in again is that of another person than those who may come back.

    These are the person who began it, and whoever is signed in by now. `user` is None for somebody
    new. If nobody is signed in any more, nobody is replaced.
    """
    came_back = str(user.pk) if user else ""
    if progress.process != Process.SIGN_IN or progress.bound_to in ("", came_back):
        return False
    return request.user.is_authenticated and str(request.user.pk) != came_back


def is_asked_about(request: HttpRequest, failure: Failure) -> bool:
    """Tell whether the page of this failure asks. Without a name or a session, it only tells."""
    is_another = failure.diagnosis == ErrorCode.ANOTHER_PERSON
    return is_another and bool(failure.other) and bool(request.user.is_authenticated)


def page(request: HttpRequest, failure: Failure, tried: ProviderButton | None) -> HttpResponse:
    """Ask whether to go on as the person who came back, unless they are signed in by now."""
    next_ = safe_next(request.GET.get("next"))
    if str(request.user.pk) == failure.other_key:
        return redirect(next_)
    context = {
        "person": request.user,
        "other": failure.other,
        "provider": tried,
        "next": next_,
        "again": urlencode({AGAIN: "1", "next": next_}),
    }
    return render(request, "another_person.html", context)
