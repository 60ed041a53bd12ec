"""An admin lets a person who has lost their account connect another one, by a link."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import ConnectionLink, make_link
from accounts.removal import one_after_another
from audit.models import Action, Target
from audit.recording import record
from sessions.models import User
from sessions.recent_sign_in import Question, ask
from sessions.session_request import actor_of

OWN = "You cannot do this for yourself. Use your own account page."
SUSPENDED = "{} is suspended. Reinstate them first."
NEEDS_SUPERUSER = "Only an admin with all rights may do this for an admin."


@one_after_another
def move(model_admin: Any, request: HttpRequest, person: User) -> HttpResponse:
    """Ask, then make the link and show it once."""
    if problem := problem_with(cast("User", request.user), person):
        return refused(request, person, problem)
    words = (
        f"You get a link for {person}, who has lost their account at a provider. It works once, for"
        " a day. Whoever opens it can connect an account, and is this person from then on. The"
        " accounts connected so far are disconnected and all sessions end. Make sure that you know"
        " who is asking, and send the link to nobody else. An earlier link stops working."
    )
    question = Question("Make a link", words, page_of(person))
    return ask(model_admin, request, question, lambda: _made(request, person))


@one_after_another
def withdraw(model_admin: Any, request: HttpRequest, person: User) -> HttpResponse:
    words = f"The link to connect another account for {person} stops working."
    question = Question("Withdraw the link", words, page_of(person))
    return ask(model_admin, request, question, lambda: _withdrawn(request, person))


def problem_with(admin: User, person: User) -> str:
    """Return why this admin may not give somebody's accounts to this person; "" if they may.

    Who could do that for an admin would become that admin.
    """
    if admin.pk == person.pk:
        return OWN
    if (person.is_staff or person.is_superuser) and not admin.is_superuser:
        return NEEDS_SUPERUSER
    return "" if person.is_active else SUSPENDED.format(person)


def refused(request: HttpRequest, person: User, problem: str) -> HttpResponse:
    messages.error(request, problem)
    return HttpResponseRedirect(page_of(person))


def page_of(person: User) -> str:
    return reverse("admin:signet_sessions_user_change", args=[person.pk])


def _made(request: HttpRequest, person: User) -> SafeString:
    link, secret = make_link(person, cast("User", request.user))
    about: dict[str, Any] = {"link": link.pk, "expires_at": link.expires_at}
    record(Action.LINK_MADE, actor_of(request), Target.of(person), after=about)
    return format_html(
        "Send this link to {}: <code>{}</code> It is shown only now, and works once, until {} UTC.",
        person,
        settings.BASE_URL + reverse("open_link", args=[secret]),
        date_format(link.expires_at, "j F Y, H:i"),
    )


def _withdrawn(request: HttpRequest, person: User) -> str:
    number, _ = ConnectionLink.objects.filter(person=person).delete()
    if number:
        record(Action.LINK_WITHDRAWN, actor_of(request), Target.of(person))
    return "The link does not work any more."
