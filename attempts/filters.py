"""The filters of the list of sign-ins. An index serves each of them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from attempts.models import SignInAttempt
from diagnosis import DIAGNOSES, in_words
from providers.models import Provider

Attempts = QuerySet[SignInAttempt]
LATELY = timedelta(days=30)


class OutcomeFilter(admin.SimpleListFilter):
    """Signed in, or not."""

    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("signed-in", "Signed in"), ("failed", "Failed")]

    def queryset(self, request: HttpRequest, queryset: Attempts) -> Attempts:
        if self.value() == "signed-in":
            return queryset.filter(diagnosis="")
        return queryset.exclude(diagnosis="") if self.value() == "failed" else queryset


class ColumnFilter(admin.SimpleListFilter):
    """Keep the sign-ins whose column has the chosen value."""

    def queryset(self, request: HttpRequest, queryset: Attempts) -> Attempts:
        return (
            queryset.filter(**{str(self.parameter_name): self.value()})
            if self.value()
            else queryset
        )


class ProviderFilter(ColumnFilter):
    """Filter by slug. The choices are the providers' rows: the sign-ins are too many to read."""

    title = "provider"
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Provider.objects.values_list("slug", "name"))


class DiagnosisFilter(ColumnFilter):
    """Filter by diagnosis. The choices are those of the last 30 days."""

    title = "diagnosis"
    parameter_name = "diagnosis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        since = timezone.now() - LATELY
        failed = SignInAttempt.objects.exclude(diagnosis="").filter(created_at__gt=since)
        made = set(failed.order_by().values_list("diagnosis", flat=True).distinct())
        chosen = request.GET.get(self.parameter_name)
        return [
            (code, in_words(code)) for code in sorted(DIAGNOSES) if code in made or code == chosen
        ]


class DayFilter(admin.SimpleListFilter):
    """The last days, or one day: `?day=2026-11-24`."""

    title = "day"
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
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
            begins_at = _midnight(date.fromisoformat(value))
        except ValueError:
            return queryset
        ends_at = _midnight(begins_at.date() + timedelta(days=1))
        return queryset.filter(created_at__gte=begins_at, created_at__lt=ends_at)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
