"""Refused requests of apps in the admin: a list, and a page of each with cause and fix."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_pages.people_search import uuids
from attempts.filters import DayFilter
from attempts.references import REFERENCE, plain, spaced
from audit.large_list import LargeListAdmin, ReadOnlyAdmin
from audit.seeing_people import may_see_people
from diagnosis.refusals import REFUSALS, name_of
from oidc_provider import failures_kept
from oidc_provider.admin_pages.failures import add_redirect_uri, causes_page, handle, like
from oidc_provider.failure_advice import Addition, addition, advice_on
from oidc_provider.failure_rows import AppFailure
from oidc_provider.failure_settled import settled
from oidc_provider.models import App
from protocol.authorization_server.errors import Refusal
from sessions.recent_sign_in import asking
from web.shown import device, duration

OF_APP = "admin/oidc_provider/appfailure/of_app.html"
SHOWN = 10  # failures on the page of an app
CODE = '<code translate="no">{}</code>'
FACTS = {  # that are no parameters of the request
    "endpoint": gettext_lazy("endpoint"),
    "authentication": gettext_lazy("authentication"),
    "parameter": gettext_lazy("repeated parameter"),
}


class AppFilter(admin.SimpleListFilter):
    """Filter by app: those that there are, for which an index serves."""

    title, parameter_name = gettext_lazy("app"), "app"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return list(App.objects.values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(app__slug=self.value()) if self.value() else queryset


class CauseFilter(admin.SimpleListFilter):
    """Filter by cause. The choices are those of the last 30 days."""

    title, parameter_name = gettext_lazy("cause"), "refusal"

    def lookups(self, request: HttpRequest, _admin: Any) -> list[tuple[str, str]]:
        offered = failures_kept.recent_codes() | {request.GET.get(self.parameter_name)}
        return [(code, capfirst(name_of(code))) for code in REFUSALS if code in offered]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(refusal=self.value()) if self.value() else queryset


class HandledFilter(admin.SimpleListFilter):
    """Handled, or not."""

    title, parameter_name = gettext_lazy("status"), "handled"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return [("no", _("Not handled")), ("yes", _("Handled"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        wanted = {"no": False, "yes": True}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(is_handled=wanted)


@admin.register(AppFailure)
class AppFailureAdmin(LargeListAdmin, ReadOnlyAdmin):
    """Show refused requests. Nobody changes them, but an admin may mark them as handled."""

    list_display = ("reference", "cause", "app_name", "who", "created_at")
    list_filter = (HandledFilter, AppFilter, CauseFilter, DayFilter)
    list_select_related = ("app", "user")
    search_fields = ("reference",)
    search_help_text = gettext_lazy("Search by reference (such as 7F3K-Q2MD), client ID, or sub.")
    search_help_without_people = gettext_lazy(
        "Search by reference (such as 7F3K-Q2MD) or client ID."
    )
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER  # they would count every row for every choice
    change_list_template = "admin/oidc_provider/appfailure/change_list.html"
    change_form_template = "admin/oidc_provider/appfailure/change_form.html"
    when_empty = gettext_lazy(
        "No app has made a mistake yet. Each refused request appears here with its cause and fix."
    )
    fields = (
        *("created_at", "reference", "app_name", "client", "who", "answer", "sent"),
        *("address", "browser", "status"),
    )

    class Media:
        css = {"all": ["signet/attempts.css"]}  # noqa: RUF012 - as Django documents it

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what is not known of a failure."""
        columns = {"who": "user_id", "browser": "user_agent", "app_name": "app_id"}
        columns |= {"sent": "facts", "client": "client_id", "answer": "error"}
        known = [name for name in self.fields if getattr(obj, columns.get(name, name), True)]
        return _without_people(request, known)

    def get_list_display(self, request: HttpRequest) -> Any:
        return _without_people(request, self.list_display)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let `?user=` tell whose request it was only to whom may see people."""
        is_by_person = lookup.partition("__")[0] in ("user", "user_id")
        is_open = may_see_people(request) or not is_by_person
        return is_open and super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[URLPattern]:
        add = asking(self, partial(add_redirect_uri, self))
        own = [
            path("causes/", self._view(causes_page), name="oidc_provider_refusals"),
            path("<uuid:pk>/add-redirect-uri/", add, name="oidc_provider_add_redirect_uri"),
            path("<uuid:pk>/handled/", self._view(handle), name="oidc_provider_handle_failure"),
        ]
        return [*own, *super().get_urls()]

    def _view(self, view: Any) -> Any:
        return self.admin_site.admin_view(partial(view, self))

    def found(self, rows: Any, term: str) -> Any:
        """Find by a whole reference, in any spelling, by a client ID or a `sub`."""
        if ids := uuids(term):
            return rows.filter(user__in=ids)
        return self.found_without_people(rows, term)

    def found_without_people(self, rows: Any, term: str) -> Any:
        return rows.filter(Q(reference=spaced(plain(term))) | Q(client_id=term))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer also a reference without a row: it carries its cause."""
        about: dict[str, Any] = {"only_counted": failures_kept.only_counted()}
        term = request.GET.get("q", "").strip()
        reference = spaced(plain(term))
        if REFERENCE.fullmatch(reference) and not self.found(AppFailure.objects, term).exists():
            about |= {"reference": reference, "kept": duration(settings.SIGN_IN_ATTEMPT_RETENTION)}
            about["answer"] = failures_kept.answer_to(request, reference)
        return super().changelist_view(request, (extra_context or {}) | about)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Put cause and fix before the facts."""
        failure: AppFailure = kwargs["obj"]
        mended, added = settled(failure), addition(failure)
        context |= {
            "title": _("App failure {reference}").format(reference=failure.reference),
            "subtitle": None,
            "failure": failure,
            "name": name_of(failure.refusal),
            "advice": advice_on(failure, names_people=may_see_people(request)),
            "settled": mended,
            "addition": added,
            "mending": "" if mended else _mending(request, failure, added),
            "app_url": self._url_of(failure.app),
            "may_handle": request.user.has_perm("oidc_provider.change_appfailure"),
            "like_it": like(failure).exclude(pk=failure.pk).count(),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def _url_of(self, app: App | None) -> str:
        if app is None or not self.admin_site.is_registered(App):
            return ""
        return reverse("admin:oidc_provider_app_change", args=[app.pk])

    @admin.display(description=gettext_lazy("cause"))
    def cause(self, failure: AppFailure) -> SafeString:
        name = capfirst(name_of(failure.refusal))
        if failure.is_handled:
            return format_html('{}<br><small class="quiet">{}</small>', name, _("Handled"))
        return format_html('<span class="outcome failed">{}</span>', name)

    @admin.display(description=gettext_lazy("app"))
    def app_name(self, failure: AppFailure) -> str | SafeString:
        if failure.app:
            return format_html('<bdi translate="no">{}</bdi>', failure.app.name)
        return format_html(CODE, failure.client_id)

    @admin.display(description=gettext_lazy("person"))
    def who(self, failure: AppFailure) -> str | SafeString:
        if failure.user is None:
            return ""
        url = reverse("admin:signet_sessions_user_change", args=[failure.user_id])
        return format_html('<a href="{}">{}</a>', url, failure.user.display_name)

    @admin.display(description=gettext_lazy("client ID"))
    def client(self, failure: AppFailure) -> SafeString:
        return format_html(CODE, failure.client_id)

    @admin.display(description=gettext_lazy("error that the app got"))
    def answer(self, failure: AppFailure) -> SafeString:
        return format_html(CODE, failure.error)

    @admin.display(description=gettext_lazy("request"))
    def sent(self, failure: AppFailure) -> str:
        """Show what the app sent. Parameters have their names, as they are sent."""
        rows = [(name, FACTS.get(name), value) for name, value in failure.facts.items()]
        return render_to_string("admin/oidc_provider/appfailure/sent.html", {"rows": rows})

    @admin.display(description=gettext_lazy("status"))
    def status(self, failure: AppFailure) -> str:
        return _("Handled") if failure.is_handled else _("Not handled")

    @admin.display(description=gettext_lazy("browser or program"))
    def browser(self, failure: AppFailure) -> SafeString:
        whole = failure.user_agent
        return format_html('{}<br><small translate="no">{}</small>', device(whole), whole)


def _mending(request: HttpRequest, failure: AppFailure, added: Addition) -> str:
    """Return which button mends it: "add" a redirect URI, or say "who" may use the app.

    Return "" if there is none, or if the admin may not press it.
    """
    if not request.user.has_perm("oidc_provider.change_app"):
        return ""
    if added.uri:
        return "add" if request.user.has_perm("oidc_provider.change_appfailure") else ""
    is_about_person = failure.refusal == Refusal.PERSON_NOT_ALLOWED and failure.app is not None
    return "who" if is_about_person and may_see_people(request) else ""


def _without_people(request: HttpRequest, names: Sequence[str]) -> list[str]:
    """Leave out the column that names people, if the admin may not see them."""
    return [name for name in names if name != "who" or may_see_people(request)]


def failures_panel(request: HttpRequest, app: App) -> SafeString:
    """Show the last failures of an app on its page: two queries, for which an index serves.

    Empty if nothing failed, or if the admin may not see failures.
    """
    if not request.user.has_perm(failures_kept.VIEW):
        return SafeString()
    failures = list(app.failures.select_related("user")[:SHOWN])
    only_counted = failures_kept.only_counted(client_id=app.slug)
    if not failures and not only_counted:
        return SafeString()
    rows = [(each, name_of(each.refusal)) for each in failures]
    context = {"failures": rows, "app": app, "only_counted": only_counted}
    context |= {"names_people": may_see_people(request)}
    return render_to_string(OF_APP, context)
