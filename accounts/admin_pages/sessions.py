"""Sessions in the admin: they can be found and ended, but not edited."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin_pages import people_search
from accounts.admin_pages.audited import end_sessions
from accounts.admin_pages.people import page_of
from audit.large_list import LargeListAdmin, ReadOnlyAdmin
from audit.models import Target
from audit.reading import addresses_of
from sessions.lifetime import alive, ended, is_in_time
from sessions.models import Session, User
from sessions.recent_sign_in import Question, ask, asking
from web.shown import minute

LIST = "admin:signet_sessions_session_changelist"
DELETED = gettext_lazy("Deleted person")
MOST_PEOPLE = 1000  # whose sessions are looked for at once
PASSWORD = "-"  # noqa: S105 - no slug is this


class AliveFilter(admin.SimpleListFilter):
    title = gettext_lazy("status")
    parameter_name = "alive"

    def lookups(self, *args: Any) -> list[tuple[str, str]]:
        return [("yes", _("Active")), ("no", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        if self.value() == "yes":
            return alive(queryset)
        return ended(queryset) if self.value() == "no" else queryset


class ProviderFilter(admin.SimpleListFilter):
    title = gettext_lazy("provider")
    parameter_name = "provider"

    def lookups(self, *args: Any) -> list[tuple[str, str]]:
        slugs = Session.objects.order_by("provider").values_list("provider", flat=True).distinct()
        return [(slug or PASSWORD, slug or _("Password")) for slug in slugs]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        value = self.value()
        return queryset.filter(provider="" if value == PASSWORD else value) if value else queryset


@admin.register(Session)
class SessionAdmin(LargeListAdmin, ReadOnlyAdmin):
    list_display = ("person", "where", "status", "provider", "refreshed_at")
    list_display_links = ("where",)  # the person has a link of their own
    list_filter = (AliveFilter, "holder", ProviderFilter)
    search_fields = ("pk",)
    search_help_text = gettext_lazy(
        "Search by name, email address or sub of a person, or by session ID"
    )
    search_help_without_people = gettext_lazy("Search by sub of a person, or by session ID")
    ordering = ("-expires_at",)  # the latest first, by an index
    change_list_template = "admin/signet_sessions/session/change_list.html"
    change_form_template = "admin/signet_sessions/session/change_form.html"
    fields = readonly_fields = (
        "id",
        "person",
        "where",
        "user_agent",
        "began_from",
        "holder",
        "says",
        "provider",
        "auth_time",
        "refreshed_at",
        "generation",
        "expires_at",
        "status",
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
        """Find people by a second query: a join would leave out sessions of deleted people."""
        return super().get_queryset(request).prefetch_related("user")

    def found(self, rows: QuerySet[Session], term: str) -> QuerySet[Session]:
        people = people_search.found(User.objects.all(), term).values_list("pk", flat=True)
        ids = people_search.uuids(term)
        return rows.filter(Q(pk__in=ids) | Q(user__in=list(people[:MOST_PEOPLE])))

    def found_without_people(self, rows: QuerySet[Session], term: str) -> QuerySet[Session]:
        """Find by what the list shows of a person: the link to a person has the `sub`."""
        ids = people_search.uuids(term)
        return rows.filter(Q(pk__in=ids) | Q(user__in=ids))

    def end_one(self, request: HttpRequest, session: Session) -> HttpResponse:
        person = session.person
        words = _("{person} is signed out of this session. This takes effect within a second.")
        back = page_of(person) if person else reverse(LIST)
        question = Question(_("Sign out"), words.format(person=person or DELETED), back)
        chosen, target = Session.objects.filter(pk=session.pk), Target.of(session)
        return ask(self, request, question, lambda: end_sessions(request, chosen, target))

    def end_everybodys(self, request: HttpRequest) -> HttpResponse:
        count = alive(Session.objects.all()).count()
        words = ngettext(
            "{count} session ends. Everybody has to sign in again, and scripts lose their access. "
            "This takes effect within a second.",
            "{count} sessions end, including yours. Everybody has to sign in again, and scripts "
            "lose their access. This takes effect within a second.",
            count,
        ).format(count=count)
        question = Question(_("Sign everybody out"), words, reverse(LIST))
        chosen, target = Session.objects.all(), Target("everybody", label="everybody")
        return ask(self, request, question, lambda: end_sessions(request, chosen, target))

    @admin.display(description=gettext_lazy("person"))
    def person(self, session: Session) -> str:
        person = session.person
        if person is None:
            return str(DELETED)
        return format_html('<a href="{}">{}</a>', page_of(person), person.audit_label)

    @admin.display(description=gettext_lazy("device"))
    def where(self, session: Session) -> str:
        return session.shown_name

    @admin.display(description=gettext_lazy("IP address at sign-in"))
    def began_from(self, session: Session) -> str:
        return addresses_of([session.pk]).get(str(session.pk), _("Unknown"))

    @admin.display(description=gettext_lazy("token contents"))
    def says(self, session: Session) -> str:
        if session.holder == Session.Holder.BROWSER:
            return _("All claims")
        audience = ", ".join(session.audience)
        words = _("{scope}, also for {audience}")
        return words.format(scope=session.scope, audience=audience) if audience else session.scope

    @admin.display(description=gettext_lazy("status"))
    def status(self, session: Session) -> str:
        if session.revoked_at:
            words = _("{reason}, {time}")
            time = minute(session.revoked_at)
            return words.format(reason=session.get_end_display(), time=time)
        return _("Active") if is_in_time(session, timezone.now()) else _("Expired")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let whoever may end sessions see them too."""
        may_end = request.user.has_perm("signet_sessions.change_session")
        return may_end or super().has_view_permission(request, obj)
