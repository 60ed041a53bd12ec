"""Sessions in the admin: found, and ended. Nothing of one can be typed in."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.admin_pages import people_search
from accounts.admin_pages.people import page_of
from accounts.admin_pages.session_filters import AliveFilter, ProviderFilter
from audit.actor import Target
from audit.events import Action
from audit.large_list import CappedPaginator
from audit.reading import addresses_of
from audit.recording import record
from sessions.actors import actor_of
from sessions.asking import Question, ask, asking
from sessions.models import Session, User
from sessions.sessions import alive, is_in_time, revoke_all

LIST = "admin:signet_sessions_session_changelist"
DELETED = "somebody who has been deleted"
MOST_PEOPLE = 1000  # whose sessions are looked for at once


@admin.register(Session)
class SessionAdmin(admin.ModelAdmin):
    """Who is signed in where."""

    list_display = ("person", "where", "now", "provider", "last_refreshed")
    list_display_links = ("where",)  # the person has a link of their own
    list_filter = (AliveFilter, "kind", ProviderFilter)
    search_fields = ("pk",)  # shows the box
    search_help_text = "A person's address, name or sub, or a sid"
    show_full_result_count = False
    paginator = CappedPaginator
    list_per_page = 50
    ordering = ("-expires_at",)  # the latest first, by an index
    actions = None
    change_list_template = "admin/signet_sessions/session/change_list.html"
    change_form_template = "admin/signet_sessions/session/change_form.html"
    fields = readonly_fields = (
        "id",
        "person",
        "where",
        "user_agent",
        "began_from",
        "kind",
        "says",
        "provider",
        "signed_in",
        "last_refreshed",
        "generation",
        "expires_at",
        "now",
    )

    def get_urls(self) -> list[URLPattern]:
        everybody = asking(self, self.end_everybodys)
        one = asking(self, self.end_one)
        return [
            path("end_everybodys/", everybody, name="signet_sessions_session_end_everybodys"),
            path("<uuid:pk>/end/", one, name="signet_sessions_session_end"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        """Look people up by themselves: a join would leave out those who are deleted."""
        return super().get_queryset(request).prefetch_related("user")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Session], search_term: str
    ) -> tuple[QuerySet[Session], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        people = people_search.found(User.objects.all(), term).values_list("pk", flat=True)
        return queryset.filter(_sid(term) | Q(user__in=list(people[:MOST_PEOPLE]))), False

    def end_one(self, request: HttpRequest, session: Session) -> HttpResponse:
        person = session.person
        who = f"{person} has to sign in again there." if person else f"It belonged to {DELETED}."
        question = Question(
            "End this session",
            f"{who} It counts everywhere within a second.",
            page_of(person) if person else reverse(LIST),
        )
        chosen = Session.objects.filter(pk=session.pk)
        target = Target.of(session)
        return ask(self, request, question, lambda: _end(request, chosen, target))

    def end_everybodys(self, request: HttpRequest) -> HttpResponse:
        count = alive(Session.objects.all()).count()
        question = Question(
            "End everybody's sessions",
            f"{count} sessions end now, yours too: everybody has to sign in again, in browsers and"
            " with scripts. It counts everywhere within a second.",
            reverse(LIST),
        )
        target = Target("everybody", label="everybody")
        return ask(self, request, question, lambda: _end(request, Session.objects.all(), target))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = _may(request) | {"title": "Sessions"} | (extra_context or {})
        return super().changelist_view(request, context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = _may(request) | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description="person")
    def person(self, session: Session) -> str:
        person = session.person
        if person is None:
            return DELETED
        return format_html('<a href="{}">{}</a>', page_of(person), person.audit_label)

    @admin.display(description="device")
    def where(self, session: Session) -> str:
        return session.audit_label

    @admin.display(description="signed in, UTC")
    def signed_in(self, session: Session) -> str:
        return f"{session.auth_time:%Y-%m-%d %H:%M}"

    @admin.display(description="last refreshed, UTC")
    def last_refreshed(self, session: Session) -> str:
        return f"{session.refreshed_at:%Y-%m-%d %H:%M}"

    @admin.display(description="began from")
    def began_from(self, session: Session) -> str:
        return addresses_of([session.pk]).get(str(session.pk), "unknown")

    @admin.display(description="its tokens say")
    def says(self, session: Session) -> str:
        if session.is_of_browser:
            return "all that a session JWT says"
        audience = ", ".join(session.audience)
        return f"{session.scope}, also for {audience}" if audience else session.scope

    @admin.display(description="now")
    def now(self, session: Session) -> str:
        if session.revoked_at:
            return f"{session.get_end_display()}, {session.revoked_at:%Y-%m-%d %H:%M} UTC"
        return "alive" if is_in_time(session, timezone.now()) else "expired"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A session is ended, not removed: its JWTs know nothing of a row that is gone."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) or bool(_may(request)["may_end"])


def _may(request: HttpRequest) -> dict[str, Any]:
    return {"may_end": request.user.has_perm("signet_sessions.change_session")}


def _sid(term: str) -> Q:
    try:
        return Q(pk=UUID(term))
    except ValueError:
        return Q(pk__in=[])


def _end(request: HttpRequest, sessions: QuerySet[Session], target: Target) -> str:
    count = revoke_all(sessions, Session.End.ENDED_BY_ADMIN)
    action = Action.SESSIONS_ENDED
    record(action, actor_of(request), target, after={"sessions": count})
    return f"Sessions ended: {count}."
