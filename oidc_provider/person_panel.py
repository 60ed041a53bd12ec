"""The apps of a person, on their page in the admin."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.admin_pages.people import page_of
from oidc_provider.apps_of_person import apps_of, withdraw
from sessions.models import User
from sessions.recent_sign_in import Question, ask
from sessions.session_request import actor_of

VIEW, CHANGE = "oidc_provider.view_app", "signet_sessions.change_user"


def apps_panel(request: HttpRequest, person: UUID) -> SafeString:
    """Show where a person is signed in, and what they have agreed to."""
    if not request.user.has_perm(VIEW):
        return SafeString()
    rows = apps_of(person)
    context = {"rows": rows, "person": person, "may_end": request.user.has_perm(CHANGE)}
    return render_to_string("admin/oidc_provider/of_person.html", context)


def end_app(model_admin: Any, request: HttpRequest, person: User) -> HttpResponse:
    """Ask, then end what the app that `?app=` names has got of the person."""
    by_slug = {each.app.slug: each.app for each in apps_of(person.pk)}
    app = by_slug.get(request.GET.get("app", ""))
    if app is None:  # it is over already
        return HttpResponseRedirect(page_of(person))
    names = {"person": person, "app": app.name}
    words = _(
        "{app} loses its access to {person} in all their browsers within a second, and a consent "
        "that they gave is withdrawn. They can sign in to it again."
    )
    question = Question(_("End access"), words.format(**names), page_of(person), str(person))

    def end() -> str:
        withdraw(person, app, actor_of(request))
        return _("{app} has no access to {person} any more.").format(**names)

    return ask(model_admin, request, question, end)
