"""Sign-ins in the admin: a list to search, and a page with what was sent and why it failed.

The list stays fast with a million rows. It counts no further than anybody would page, sorts only
by time, and searches only indexed columns. An index serves each filter.
"""

from functools import partial
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_pages.people_search import uuids
from accounts.identity import clean_email
from attempts.drawing import STEPS, diagram_of, duration
from attempts.filters import Attempts, DayFilter, DiagnosisFilter, OutcomeFilter, ProviderFilter
from attempts.models import WORDS, SignInAttempt
from attempts.panels import answer_to
from attempts.references import plain, spaced
from audit.large_list import LargeListAdmin, ReadOnlyAdmin
from diagnosis import DIAGNOSES, in_words
from diagnosis.advice import advice_on
from diagnosis.failures_doc import in_general_on_page, words_in_general
from diagnosis.fields import FIELDS
from providers.models import Provider
from sessions.models import User
from web.shown import device

# The groups of failures.toml, with the headings of docs/failures.md
GROUPS = {
    "settings": _("Settings, here or at the provider"),
    "browser": _("The visitor and the browser"),
    "changed": _("Changes during a sign-in"),
    "access": _("Who may sign in"),
    "network": _("The connection to the provider"),
    "answer": _("The provider's answer"),
    "form": _("Refused forms"),
}


def failures_page(model_admin: admin.ModelAdmin, request: HttpRequest) -> HttpResponse:
    """Show every failure with its cause and its fix, as docs/failures.md does."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    entries = [
        (each, in_general_on_page(each), words_in_general(each)) for each in DIAGNOSES.values()
    ]
    groups = [
        (title, [entry for entry in entries if entry[0].group == group])
        for group, title in GROUPS.items()
    ]
    context = model_admin.admin_site.each_context(request) | {
        "opts": model_admin.opts,
        "title": gettext("Why sign-ins fail"),
        "groups": groups,
        "list_url": reverse("admin:attempts_signinattempt_changelist"),
        "parameter": "diagnosis",
        "words_for_rows": gettext("Sign-ins that failed like this"),
    }
    return TemplateResponse(request, "admin/shared/causes.html", context)


@admin.register(SignInAttempt)
class SignInAttemptAdmin(LargeListAdmin, ReadOnlyAdmin):
    """Show sign-ins. Nobody changes them."""

    list_display = ("reference", "created_at", "outcome", "provider", "person", "duration")
    list_filter = (OutcomeFilter, ProviderFilter, DiagnosisFilter, DayFilter)
    list_select_related = ("user",)
    search_fields = ("reference",)
    search_help_text = _("Search by reference (such as 7F3K-Q2MD), complete email address, or sub.")
    search_help_without_people = _("Search by reference (such as 7F3K-Q2MD) or sub.")
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER  # they would count every row for every choice
    change_list_template = "admin/attempts/signinattempt/change_list.html"
    when_empty = _(
        "No sign-ins yet. Each one appears here with its messages. A failed one also shows the"
        " cause and the fix."
    )
    change_form_template = "admin/attempts/signinattempt/change_form.html"
    fields = (
        "created_at",
        "reference",
        "provider_link",
        "person",
        "purpose",
        "last_step",
        "status",
        "error_sent",
        "hint_sent",
        "duration",
        "address",
        "browser",
    )

    class Media:
        css = {"all": ["signet/sequence_diagram.css", "signet/attempts.css"]}  # noqa: RUF012

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what is not known of a sign-in."""
        columns = {"person": "user_id", "browser": "user_agent"}
        columns |= {"error_sent": "provider_error", "hint_sent": "hint"}
        return [name for name in self.fields if getattr(obj, columns.get(name, name), True)]

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
        return self.found_without_people(rows, term)

    def found_without_people(self, rows: Attempts, term: str) -> Attempts:
        """Find by what the list shows of a person: the link to a person has the `sub`."""
        if ids := uuids(term):
            return rows.filter(user__in=ids)
        return rows.filter(reference=spaced(plain(term)))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer also a reference without a row: it carries its diagnosis."""
        answer = answer_to(request, request.GET.get("q", ""))
        return super().changelist_view(request, (extra_context or {}) | {"answer": answer})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Put the diagram, the cause and the fix before the facts."""
        attempt: SignInAttempt = kwargs["obj"]
        title = gettext("Sign-in {reference}").format(reference=attempt.reference)
        provider = Provider.objects.filter(slug=attempt.provider).first()
        context |= {
            "diagram": diagram_of(attempt.hops, title),
            "provider": provider,
            "unvouched_domain": attempt.unvouched_domain,
            "email_problem": attempt.email_problem,
        }
        context |= {"title": title, "subtitle": None}
        if code := attempt.diagnosis:
            context |= {
                "code": code,
                "diagnosis": in_words(code),
                "advice": advice_on(code, provider or attempt.provider, attempt.retry_after),
                "field": FIELDS.get(code),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("outcome"))
    def outcome(self, attempt: SignInAttempt) -> SafeString:
        kind = "outcome failed" if attempt.diagnosis else "outcome"
        return format_html('<span class="{}">{}</span>', kind, attempt.outcome)

    @admin.display(description=_("purpose"))
    def purpose(self, attempt: SignInAttempt) -> str:
        return str(WORDS[attempt.process][0])

    @admin.display(description=_("last step"))
    def last_step(self, attempt: SignInAttempt) -> str:
        """Return the last step that was reached; step 0 is before the flow."""
        titles = {step.number: gettext(step.title) for step in STEPS}
        return f"{attempt.step}. {titles.get(attempt.step, '')}"

    @admin.display(description=_("person"))
    def person(self, attempt: SignInAttempt) -> str | SafeString:
        if attempt.user is None:
            return ""
        url = reverse("admin:signet_sessions_user_change", args=[attempt.user_id])
        return format_html('<a href="{}">{}</a>', url, attempt.user.display_name)

    @admin.display(description=_("provider"))
    def provider_link(self, attempt: SignInAttempt) -> str | SafeString:
        provider = Provider.objects.filter(slug=attempt.provider).first()
        if provider is None:
            return gettext("{slug} (removed)").format(slug=attempt.provider)
        url = reverse("admin:providers_provider_change", args=[provider.pk])
        return format_html('<a href="{}">{}</a>', url, provider.name)

    @admin.display(description=_("provider's error"))
    def error_sent(self, attempt: SignInAttempt) -> SafeString:
        return format_html('<code translate="no">{}</code>', attempt.provider_error)

    @admin.display(description=_("provider's hint"))
    def hint_sent(self, attempt: SignInAttempt) -> SafeString:
        return format_html('<code translate="no">{}</code>', attempt.hint)

    @admin.display(description=_("browser"))
    def browser(self, attempt: SignInAttempt) -> SafeString:
        whole = attempt.user_agent
        return format_html('{}<br><small translate="no">{}</small>', device(whole), whole)

    @admin.display(description=_("duration"))
    def duration(self, attempt: SignInAttempt) -> str:
        return duration(attempt.milliseconds)
