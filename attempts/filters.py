"""The filters beside the list of sign-ins. An index serves each."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attempts.models import SignInAttempt
from diagnosis import DIAGNOSES, in_words
from providers.models import Provider

Attempts = QuerySet[SignInAttempt]


class OutcomeFilter(admin.SimpleListFilter):
    """Signed in, or not."""

    title, parameter_name = _("outcome"), "outcome"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return [("signed-in", gettext("Signed in")), ("failed", gettext("Failed"))]

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

    title, parameter_name = _("provider"), "provider"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        return list(Provider.objects.values_list("slug", "name"))


class DiagnosisFilter(ColumnFilter):
    """Filter by diagnosis. The choices are those of the last 30 days."""

    title, parameter_name = _("diagnosis"), "diagnosis"

    def lookups(self, request: HttpRequest, _admin: Any) -> list[tuple[str, str]]:
        since = timezone.now() - timedelta(days=30)
        failed = SignInAttempt.objects.exclude(diagnosis="").filter(created_at__gt=since)
        made = set(failed.order_by().values_list("diagnosis", flat=True).distinct())
        offered = made | {request.GET.get(self.parameter_name)}
        return [(code, capfirst(in_words(code))) for code in sorted(DIAGNOSES) if code in offered]


class DayFilter(admin.SimpleListFilter):
    """The last days, or one day: `?day=2026-11-24`."""

    title, parameter_name = _("day"), "day"

    def lookups(self, *_args: Any) -> list[tuple[str, str]]:
        today = timezone.localdate()
        return [
            (today.isoformat(), gettext("Today")),
            ((today - timedelta(days=1)).isoformat(), gettext("Yesterday")),
            ("7", gettext("Last 7 days")),
            ("30", gettext("Last 30 days")),
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
