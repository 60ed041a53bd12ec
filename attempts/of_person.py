"""The last sign-ins of somebody, what failed because of them too: a panel of a person's page."""

from uuid import UUID

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from attempts.models import SignInAttempt

SHOWN = 10


def sign_ins_panel(request: HttpRequest, person: UUID) -> SafeString:
    """Return the panel, nothing where the reader may not see sign-ins: one query, by an index."""
    if not request.user.has_perm("attempts.view_signinattempt"):
        return SafeString()
    context = {"rows": last_of(person), "person": person}
    return render_to_string("admin/attempts/signinattempt/of_person.html", context)


def last_of(person: UUID) -> list[SignInAttempt]:
    """Return them, the latest first, without their messages, which are the heavy part."""
    return list(SignInAttempt.objects.filter(user=person).defer("hops")[:SHOWN])
