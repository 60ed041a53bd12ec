"""Sign-ins in the admin: a list to search, and a page with what was sent and why it failed.

The list stays fast with a million rows. It counts no further than anybody would page, sorts only
by time, and searches only indexed columns. An index serves each filter.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin_pages.people_search import uuids
from accounts.identity import clean_email
from attempts.drawing import diagram_of
from attempts.models import WORDS, SignInAttempt
from attempts.panels import answer_to
from attempts.references import plain, spaced
from audit.large_list import LargeListAdmin, ReadOnlyAdmin
from diagnosis import DIAGNOSES, in_words
from diagnosis.advice import advice_on
from diagnosis.failures_doc import in_general
from diagnosis.fields import FIELDS
from providers.models import Provider
from sessions.models import User

Attempts = QuerySet[SignInAttempt]


class OutcomeFilter(admin.SimpleListFilter):
    """Signed in, or not."""

    title = parameter_name = "outcome"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        return [("signed-in", "Signed in"), ("failed", "Failed")]

    def queryset(self, request: HttpRequest, queryset: Attempts) -> Attempts:
        conditions = {"signed-in": Q(diagnosis=""), "failed": ~Q(diagnosis="")}
        return queryset.filter(conditions.get(self.value() or "", Q()))


class ColumnFilter(admin.SimpleListFilter):
    """Keep the sign-ins whose column has the chosen value."""

    def queryset(self, request: HttpRequest, queryset: Attempts) -> Attempts:
        chosen = {str(self.parameter_name): self.value()}
        return queryset.filter(**chosen) if self.value() else queryset


class ProviderFilter(ColumnFilter):
    """Filter by slug. The choices are the providers' rows: the sign-ins are too many to read."""

    title = parameter_name = "provider"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        return list(Provider.objects.values_list("slug", "name"))


class DiagnosisFilter(ColumnFilter):
    """Filter by diagnosis. The choices are those of the last 30 days."""

    title = parameter_name = "diagnosis"

    def lookups(self, request: HttpRequest, _: Any) -> list[tuple[str, str]]:
        since = timezone.now() - timedelta(days=30)
        failed = SignInAttempt.objects.exclude(diagnosis="").filter(created_at__gt=since)
        made = set(failed.order_by().values_list("diagnosis", flat=True).distinct())
        offered = made | {request.GET.get(self.parameter_name)}
        return [(code, in_words(code)) for code in sorted(DIAGNOSES) if code in offered]


class DayFilter(admin.SimpleListFilter):
    """The last days, or one day: `?day=2026-11-24`."""

    title = parameter_name = "day"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        today = timezone.localdate()
        return [
            (today.isoformat(), "Today"),
            ((today - timedelta(days=1)).isoformat(), "Yesterday"),
            ("7", "The last 7 days"),
            ("30", "The last 30 days"),
        ]

    def queryset(self, request: HttpRequest, queryset: Attempts) -> Attempts:
        value = self.value() or ""
        if value in ("7", "30"):
            return queryset.filter(created_at__gte=timezone.now() - timedelta(days=int(value)))
        try:
            midnight = timezone.make_aware(datetime.fromisoformat(value))
            ends_at = midnight + timedelta(days=1)  # also where a day has 23 hours
        except (ValueError, OverflowError):
            return queryset
        return queryset.filter(created_at__gte=midnight, created_at__lt=ends_at)


def failures_page(model_admin: admin.ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show every failure with its cause and its fix, as docs/failures.md does."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    failures = [(each.code, in_words(each.code), in_general(each)) for each in DIAGNOSES.values()]
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": "Why sign-ins fail",
        "failures": failures,
    }
    return TemplateResponse(request, "admin/attempts/signinattempt/failures.html", context)


@admin.register(SignInAttempt)
class SignInAttemptAdmin(LargeListAdmin, ReadOnlyAdmin):
    """Show sign-ins. Nobody changes them."""

    list_display = ("reference", "created_at", "outcome", "provider", "person", "duration")
    list_filter = (OutcomeFilter, ProviderFilter, DiagnosisFilter, DayFilter)
    list_select_related = ("user",)
    search_fields = ("reference",)
    search_help_text = "A reference such as 7F3K-Q2MD, or somebody's whole email address or sub."
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER  # they would count every row for every choice
    change_list_template = "admin/attempts/signinattempt/change_list.html"
    when_empty = (
        "No sign-ins yet. Each is listed here with its messages and, if it failed, with the cause"
        " and the fix."
    )
    change_form_template = "admin/attempts/signinattempt/change_form.html"
    fields = (
        "created_at",
        "reference",
        "provider_link",
        "person",
        "purpose",
        "step",
        "status",
        "provider_error",
        "hint",
        "duration",
        "address",
        "user_agent",
    )

    class Media:
        css = {"all": ["signet/sequence_diagram.css", "signet/attempts.css"]}  # noqa: RUF012

    def get_fields(self, request: HttpRequest, obj: SignInAttempt | None = None) -> Any:
        """Leave out what is not known of this sign-in."""
        return [name for name in self.fields if obj is None or self._value(obj, name)]

    def _value(self, attempt: SignInAttempt, name: str) -> object:
        own = getattr(self, name, None)
        return own(attempt) if own else getattr(attempt, name)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(partial(failures_page, self))
        return [path("failures/", view, name="attempts_failures"), *super().get_urls()]

    def found(self, rows: Attempts, term: str) -> Attempts:
        """Find by a whole reference, in any spelling, by an email address or a `sub`."""
        if "@" in term:
            address = clean_email(term) or term  # verified or not; an index serves each query
            verified = EmailAddress.objects.filter(email=address).values_list("user", flat=True)
            named = User.objects.filter(email=address).values_list("pk", flat=True)
            return rows.filter(user__in={*verified[:100], *named[:100]})
        if ids := uuids(term):
            return rows.filter(user__in=ids)
        return rows.filter(reference=spaced(plain(term)))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer also a reference without a row: it carries its diagnosis."""
        answer = answer_to(request.GET.get("q", ""))
        return super().changelist_view(request, (extra_context or {}) | {"answer": answer})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Put the diagram, the cause and the fix before the facts."""
        attempt: SignInAttempt = kwargs["obj"]
        provider = Provider.objects.filter(slug=attempt.provider).first()
        context |= {
            "diagram": diagram_of(attempt.hops, f"Sign-in {attempt.reference}"),
            "provider": provider,
            "unvouched_domain": attempt.unvouched_domain,
            "email_problem": attempt.email_problem,
        }
        context |= {"title": f"Sign-in {attempt.reference}", "subtitle": None}
        if code := attempt.diagnosis:
            context |= {
                "code": code,
                "diagnosis": in_words(code),
                "advice": advice_on(code, provider or attempt.provider, attempt.retry_after),
                "field": FIELDS.get(code),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def outcome(self, attempt: SignInAttempt) -> SafeString:
        kind = "outcome failed" if attempt.diagnosis else "outcome"
        return format_html('<span class="{}">{}</span>', kind, attempt.outcome)

    @admin.display(description="what for")
    def purpose(self, attempt: SignInAttempt) -> str:
        return WORDS[attempt.process][0]

    def person(self, attempt: SignInAttempt) -> str | SafeString:
        if attempt.user is None:
            return ""
        url = reverse("admin:signet_sessions_user_change", args=[attempt.user_id])
        return format_html('<a href="{}">{}</a>', url, attempt.user.display_name)

    @admin.display(description="provider")
    def provider_link(self, attempt: SignInAttempt) -> str | SafeString:
        provider = Provider.objects.filter(slug=attempt.provider).first()
        if provider is None:
            return f"{attempt.provider} (removed)"
        url = reverse("admin:providers_provider_change", args=[provider.pk])
        return format_html('<a href="{}">{}</a>', url, provider.name)

    def duration(self, attempt: SignInAttempt) -> str:
        return f"{attempt.milliseconds} ms"
