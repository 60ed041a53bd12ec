"""How the list of sessions in the admin is narrowed."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from sessions.models import Session
from sessions.sessions import alive, ended

PASSWORD = "-"  # noqa: S105 - no slug is this


class AliveFilter(admin.SimpleListFilter):
    """Which sessions still count."""

    title = "whether it is alive"
    parameter_name = "alive"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        return [("yes", "Alive"), ("no", "Ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        if self.value() == "yes":
            return alive(queryset)
        return ended(queryset) if self.value() == "no" else queryset


class ProviderFilter(admin.SimpleListFilter):
    """Through which provider somebody signed in."""

    title = "provider"
    parameter_name = "provider"

    def lookups(self, *_: Any) -> list[tuple[str, str]]:
        slugs = Session.objects.order_by("provider").values_list("provider", flat=True).distinct()
        return [(slug or PASSWORD, slug or "password") for slug in slugs]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        value = self.value()
        return queryset.filter(provider="" if value == PASSWORD else value) if value else queryset
