"""An admin merges two people that are one."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_pages.moving import page_of, problem_with, refused
from accounts.admin_pages.people_search import found
from accounts.merging import MergeRefusedError, merge, plan_merge
from accounts.removal import one_after_another
from accounts.self_service.connections import connections_of, known_as, provider_name
from sessions.models import User
from sessions.recent_sign_in import Question, show_question
from sessions.session_request import actor_of

TEMPLATE = "admin/signet_sessions/user/merge.html"
NOT_FOUND = gettext_lazy(
    "No other person matches. Enter an ID, a verified email address or a name."
)
SEVERAL = gettext_lazy(
    "Several people match. Enter the ID. You find it at the top of the person's page."
)


@one_after_another
def merge_people(model_admin: Any, request: HttpRequest, person: User) -> HttpResponse:
    """Ask for the other person, show what moves, and merge by POST. `person` stays."""
    admin = cast("User", request.user)
    if not model_admin.has_delete_permission(request):
        raise PermissionDenied
    if problem := problem_with(admin, person):
        return refused(request, person, problem)
    term = request.POST.get("other", request.GET.get("other", "")).strip()
    if not term:
        return _page(model_admin, request, person, {})
    others = list(found(User.objects.exclude(pk=person.pk), term)[:2])
    if len(others) != 1:
        problem = str(SEVERAL if others else NOT_FOUND)
        return _page(model_admin, request, person, {"problem": problem, "term": term})
    (other,) = others
    if problem := problem_with(admin, other):
        return _page(model_admin, request, person, {"problem": problem, "term": term})
    if request.method == "POST":
        return _merge(request, person, other)
    return _page(model_admin, request, person, _plan(request, person, other))


def _merge(request: HttpRequest, person: User, other: User) -> HttpResponse:
    try:
        merge(person.pk, other.pk, request.POST.get("seen", ""), actor_of(request))
    except MergeRefusedError as error:
        return refused(request, person, str(error))
    words = _("Merged {other} into {person}.")
    messages.success(request, words.format(other=other, person=person))
    return HttpResponseRedirect(page_of(person))


def _plan(request: HttpRequest, person: User, other: User) -> dict[str, Any]:
    """Return what the page shows of a merge, or why it is refused."""
    try:
        plan = plan_merge(person, other)
    except MergeRefusedError as error:
        return {"problem": str(error), "term": str(other.pk)}
    accounts = [
        f"{provider_name(request, account.provider)} ({known_as(account) or account.uid})"
        for account in connections_of(other)
    ]
    return {"plan": plan, "other": other, "accounts": accounts}


def _page(
    model_admin: Any, request: HttpRequest, person: User, about: dict[str, Any]
) -> HttpResponse:
    question = Question(_("Merge people"), "", page_of(person), str(person))
    shown = about | {"person": person}
    return show_question(model_admin, request, question, TEMPLATE, shown)
