"""Keep the forms good that somebody has open in other tabs while they sign in again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from django.http import HttpRequest

if TYPE_CHECKING:  # the admin's site loads before the models
    from sessions.session_request import SessionRequest


@contextmanager
def kept_for_the_same_person(request: HttpRequest) -> Iterator[None]:
    """Undo the change of the CSRF token that a sign-in makes, if it was the same person's again.

    It is changed so that nobody knows it from before the sign-in. Somebody who was signed in here
    already had it as theirs, and a form in another tab still sends it.
    """
    before = cast("SessionRequest", request).session_token
    secret = request.META.get("CSRF_COOKIE")
    yield
    if before is not None and secret and str(request.user.pk) == before.sub:
        request.META |= {"CSRF_COOKIE": secret, "CSRF_COOKIE_NEEDS_UPDATE": True}
