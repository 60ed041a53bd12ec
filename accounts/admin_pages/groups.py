"""Groups in the admin: which there are, where they come from, and who is in them by hand."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.admin_pages import GROUP_PARTS, people_search
from accounts.admin_pages.moving import NEEDS_SUPERUSER
from accounts.admin_pages.moving import page_of as page_of_person
from accounts.removal import one_after_another
from audit.large_list import ReadOnlyAdmin
from audit.seeing_people import may_see_people
from sessions.groups import FORM, GROUP, give, members, take
from sessions.lifetime import alive
from sessions.models import GroupMembership, User
from sessions.recent_sign_in import Question, has_recent_sign_in, show_question, sign_in_again
from sessions.session_request import actor_of
from web.shown import duration

NAME = "signet_sessions_groupmembership"
LIST, PAGE = f"admin:{NAME}_changelist", f"admin:{NAME}_group"
FOUND, PER_PAGE = 20, 100  # people
TEMPLATES = "admin/signet_sessions"
require_methods = require_http_methods(["GET", "HEAD", "POST"])


@admin.register(GroupMembership)
class GroupAdmin(ReadOnlyAdmin):
    """A list of groups, and a page of each. Whoever may change people changes who is in them."""

    def get_urls(self) -> list[URLPattern]:
        groups, group = require_safe(self.changelist_view), require_methods(self.group)
        return [
            path("", self._opened(groups), name=f"{NAME}_changelist"),
            path("group/", self._opened(group), name=f"{NAME}_group"),
        ]

    def _opened(self, page: Callable[..., HttpResponse]) -> Any:
        def allowed(request: HttpRequest) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return page(request)

        return self.admin_site.admin_view(allowed)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_see_people(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        by_hand = dict(GroupMembership.objects.values_list("group").annotate(Count("pk")))
        columns = [by_hand, *(part.numbers() for part in GROUP_PARTS)]
        names = sorted(set().union(*columns))
        about = {
            "title": capfirst(self.opts.verbose_name_plural),
            "parts": [part.title for part in GROUP_PARTS],
            "groups": [
                (name, page_of(name), [column.get(name, 0) for column in columns]) for name in names
            ],
        }
        return self._shown(request, "groupmembership/change_list.html", about)

    def group(self, request: HttpRequest) -> HttpResponse:
        """Show a group, which may have nobody yet, and people to put into it. POST changes it."""
        name = request.GET.get("name", "").strip()
        if not GROUP.fullmatch(name):
            messages.error(request, FORM)
            return HttpResponseRedirect(reverse(LIST))
        if request.method == "POST":
            if not request.user.has_perm("signet_sessions.change_user"):
                raise PermissionDenied
            if not has_recent_sign_in(request):
                return sign_in_again(request)
            return self._change(request, name)
        term = request.GET.get("q", "").strip()
        others = User.objects.exclude(memberships__group=name).order_by("name", "pk")
        found = list(people_search.found(others, term)[: FOUND + 1]) if term else []
        about = {
            "title": _("Group {name}").format(name=name),
            "group": name,
            "term": term,
            "found": found[:FOUND],
            "has_more": len(found) > FOUND,
            "people": Paginator(members(name), PER_PAGE).get_page(request.GET.get("p")),
            "parts": [(part, part.links(request, name)) for part in GROUP_PARTS],
        }
        return self._shown(request, "groupmembership/group.html", about)

    @one_after_another
    def _change(self, request: HttpRequest, name: str) -> HttpResponse:
        wanted = request.POST.get("give") or request.POST.get("take", "")
        person = User.objects.filter(pk__in=people_search.uuids(wanted)).first()
        if person is None:
            messages.error(request, _("This person no longer exists."))
        else:
            change(request, person, name, gives="give" in request.POST)
        return HttpResponseRedirect(page_of(name))

    def _shown(self, request: HttpRequest, template: str, about: dict[str, Any]) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "lifetime": duration(settings.SESSION_TOKEN_LIFETIME),
        }
        return TemplateResponse(request, f"{TEMPLATES}/{template}", context | about)


@one_after_another
def groups_of_person(model_admin: Any, request: HttpRequest, person: User) -> HttpResponse:
    """Show the groups that somebody has by hand, and change them by POST."""
    if request.method == "POST":
        gives = "give" in request.POST
        name = request.POST.get("give" if gives else "take", "").strip()
        change(request, person, name, gives=gives)
        return HttpResponseRedirect(request.path)
    question = Question(_("Change groups"), "", page_of_person(person), str(person))
    about = {
        "title": _("Groups of {person}").format(person=person),
        "person": person,
        "groups": [(name, page_of(name)) for name in person.given_groups],
        "others": [name for name in known_groups() if name not in person.given_groups],
        "lifetime": duration(settings.SESSION_TOKEN_LIFETIME),
    }
    template = f"{TEMPLATES}/user/change_groups.html"
    return show_question(model_admin, request, question, template, about)


def change(request: HttpRequest, person: User, name: str, *, gives: bool) -> None:
    """Put somebody into a group or take them out, and say so on the next page."""
    if (person.is_staff or person.is_superuser) and not cast("User", request.user).is_superuser:
        messages.error(request, NEEDS_SUPERUSER)
        return
    try:
        (give if gives else take)(person, name, actor_of(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return
    words = _("Added {person} to {group}.") if gives else _("Removed {person} from {group}.")
    messages.success(request, words.format(person=person, group=name))


def rows_of(person: User) -> list[tuple[str, str, list[str]]]:
    """Return the groups that somebody has now: name, page, and providers whose rules gave it.

    Of a group by hand, the first of them is "".
    """
    sources: dict[str, dict[str, None]] = {name: {"": None} for name in person.given_groups}
    granted = alive(person.sessions.all()).order_by("provider").values_list("provider", "groups")
    for provider, names in granted:
        for name in names:
            sources.setdefault(name, {})[provider] = None
    return [(name, page_of(name), list(sources[name])) for name in sorted(sources)]


def known_groups() -> list[str]:
    """Return the groups that somebody has by hand, or that another room knows."""
    by_hand = GroupMembership.objects.values_list("group", flat=True).distinct()
    return sorted({*by_hand, *(name for part in GROUP_PARTS for name in part.numbers())})


def page_of(name: str) -> str:
    return f"{reverse(PAGE)}?{urlencode({'name': name})}"
