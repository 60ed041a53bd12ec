"""Sign-ins in the admin: a list to search, and a page with what was sent and why it failed.

The list stays fast with a million rows. It counts no further than anybody would page, sorts only
by time, and searches only indexed columns.
"""

from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.identity import clean_email
from attempts.drawing import diagram, from_the_redirect_on
from attempts.filters import DayFilter, DiagnosisFilter, OutcomeFilter, ProviderFilter
from attempts.models import SignInAttempt, from_json
from audit.large_list import LargeListAdmin, ReadOnlyAdmin
from diagnosis import in_words
from diagnosis.advice import advice_on
from providers.models import Provider
from sessions.models import User


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
    change_list_template = "admin/when_empty.html"
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

    def found(self, rows: QuerySet[SignInAttempt], term: str) -> QuerySet[SignInAttempt]:
        """Find by a whole reference, in any spelling, by an email address or a `sub`."""
        return rows.filter(_about(term))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Put the diagram, the cause and the fix before the facts."""
        attempt: SignInAttempt = kwargs["obj"]
        context["attempt"] = attempt
        whole = from_the_redirect_on(from_json(attempt.hops))
        context["diagram"] = diagram(whole, f"Sign-in {attempt.reference}")
        provider = context["provider"] = Provider.objects.filter(slug=attempt.provider).first()
        context |= {
            "unvouched_domain": attempt.unvouched_domain,
            "email_problem": attempt.email_problem,
        }
        if attempt.diagnosis:
            context["diagnosis"] = in_words(attempt.diagnosis)
            context["advice"] = advice_on(
                attempt.diagnosis, provider or attempt.provider, attempt.retry_after
            )
            context["docs_anchor"] = f"docs/failures.md#{attempt.diagnosis}"
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="outcome")
    def outcome(self, attempt: SignInAttempt) -> SafeString:
        kind = "outcome" if attempt.succeeded else "outcome failed"
        return format_html('<span class="{}">{}</span>', kind, attempt.outcome)

    @admin.display(description="what for")
    def purpose(self, attempt: SignInAttempt) -> str:
        return attempt.purpose

    @admin.display(description="person")
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

    @admin.display(description="duration")
    def duration(self, attempt: SignInAttempt) -> str:
        return f"{attempt.milliseconds} ms"


def _about(term: str) -> Q:
    """Return what a term may be: an address, the `sub` of a person, or a reference."""
    if "@" in term:
        return Q(user__in=_people_with(clean_email(term) or term))
    try:
        return Q(user=UUID(term))
    except ValueError:
        letters = term.upper().replace("-", "").replace(" ", "")
        return Q(reference=f"{letters[:4]}-{letters[4:]}")


def _people_with(address: str) -> list[Any]:
    """Return the people with this address, verified or not. Each query uses an index."""
    verified = EmailAddress.objects.filter(email=address).values_list("user", flat=True)
    named = User.objects.filter(email=address).values_list("pk", flat=True)
    return list({*verified[:100], *named[:100]})
