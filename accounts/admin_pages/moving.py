"""An admin lets a person who has lost their account connect another one, by a link."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ConnectionLink, link_of_secret, make_link, withdraw_link
from accounts.removal import one_after_another
from audit.models import Action, Target
from audit.recording import record
from sessions.models import User
from sessions.recent_sign_in import TEMPLATE, Question, ask, show_question
from sessions.session_request import actor_of
from web import cookies
from web.sealed_cookies import SealedCookie

NEW_LINK = SealedCookie("link that is shown to the admin who made it")
SHOWN_FOR = 60  # seconds
OWN = gettext_lazy("You can't do this for yourself. Use your own account page.")
SUSPENDED = gettext_lazy("{person} is suspended. Reinstate this person first.")
NEEDS_SUPERUSER = gettext_lazy("Only an admin with all permissions can do this for an admin.")


@one_after_another
def move(model_admin: Any, request: HttpRequest, person: User) -> HttpResponse:
    """Ask, then make the link and show it once."""
    if problem := problem_with(cast("User", request.user), person):
        return refused(request, person, problem)
    words = _(
        "Use this if {person} has lost access to their account at a provider. You get a link that "
        "works once and expires after one day. Whoever opens it can connect an account and sign in "
        "as {person}. All other accounts of {person} are then disconnected, and {person} is signed "
        "out everywhere. Verify who is asking, and send the link to nobody else. Earlier links "
        "stop working."
    )
    if person.password and person.has_usable_password():
        words += " " + _("Their password stops working, too.")
    if request.method == "POST":
        return _make(request, person)
    question = Question(_("Create link"), words.format(person=person), page_of(person), str(person))
    return show_question(model_admin, request, question, TEMPLATE, {})


@one_after_another
def withdraw(model_admin: Any, request: HttpRequest, person: User) -> HttpResponse:
    words = _("The link for connecting another account to {person} stops working.")
    question = Question(_("Cancel link"), words.format(person=person), page_of(person), str(person))
    return ask(model_admin, request, question, lambda: _withdrawn(request, person))


def problem_with(admin: User, person: User) -> str:
    """Return why this admin may not give somebody's accounts to this person; "" if they may.

    Who could do that for an admin would become that admin.
    """
    if admin.pk == person.pk:
        return str(OWN)
    if (person.is_staff or person.is_superuser) and not admin.is_superuser:
        return str(NEEDS_SUPERUSER)
    return "" if person.is_active else SUSPENDED.format(person=person)


def refused(request: HttpRequest, person: User, problem: str) -> HttpResponse:
    messages.error(request, problem)
    return HttpResponseRedirect(page_of(person))


def page_of(person: User) -> str:
    return reverse("admin:signet_sessions_user_change", args=[person.pk])


def _make(request: HttpRequest, person: User) -> HttpResponse:
    """Make the link, and redirect to the page that shows it, to this admin alone."""
    link, secret = make_link(person, cast("User", request.user))
    about: dict[str, Any] = {"link": link.pk, "expires_at": link.expires_at}
    record(Action.LINK_MADE, actor_of(request), Target.of(person), after=about)
    response = HttpResponseRedirect(page_of(person))
    context = _context(request, person)
    NEW_LINK.set(response, cookies.JUST_MADE, secret, max_age=SHOWN_FOR, context=context)
    return response


def _context(request: HttpRequest, person: User) -> str:
    return f"{request.user.pk} {person.pk}"


def new_link(request: HttpRequest, person: User) -> SafeString | None:
    """Return the link that this admin has just made for this person; None if there is none."""
    kept = NEW_LINK.texts_in(request, cookies.JUST_MADE, context=_context(request, person))
    for (secret,) in kept:
        if link := link_of_secret(secret):
            return _shown(link, secret)
    return None


def _shown(link: ConnectionLink, secret: str) -> SafeString:
    return format_html(
        _(
            "Send this link to {person}: <code>{link}</code> It works once, until {time} UTC. You "
            "can't see it again later."
        ),
        person=link.person,
        link=settings.BASE_URL + reverse("open_link", args=[secret]),
        time=date_format(link.expires_at, _("j F Y, H:i")),
    )


def _withdrawn(request: HttpRequest, person: User) -> str:
    withdraw_link(person, actor_of(request))
    return _("The link no longer works.")
