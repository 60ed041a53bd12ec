"""What other pages of the admin show of sign-ins, and whom their search finds by a reference."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from attempts.models import SignInAttempt
from diagnosis import in_words
from providers.models import Provider

DAYS = 30
SHOWN = 10  # sign-ins of a person
LIST = "admin:attempts_signinattempt_changelist"
VIEW = "attempts.view_signinattempt"


@dataclass(frozen=True)
class FailureCount:
    """One cause: how often, when last, and where the failures themselves are listed."""

    diagnosis: str
    number: int
    last_at: datetime
    url: str

    @property
    def words(self) -> str:
        return in_words(self.diagnosis)


def failures_by_diagnosis(provider: Provider) -> list[FailureCount]:
    """Count the failures of the last 30 days: one query, answered by an index."""
    since = timezone.now() - timedelta(days=DAYS)
    failed = SignInAttempt.objects.filter(provider=provider.slug, created_at__gte=since)
    counted = (
        failed.exclude(diagnosis="")
        .values_list("diagnosis")
        .annotate(number=Count("pk"), last_at=Max("created_at"))
        .order_by("-number", "diagnosis")
    )
    return [
        FailureCount(diagnosis, number, last_at, _url(provider.slug, diagnosis))
        for diagnosis, number, last_at in counted
    ]


def failures_panel(request: HttpRequest, provider: Provider) -> SafeString:
    """Return the panel, nothing where nothing failed or the reader may not see sign-ins."""
    failures = failures_by_diagnosis(provider) if request.user.has_perm(VIEW) else []
    if not failures:
        return SafeString()
    context = {"failures": failures, "days": DAYS}
    return render_to_string("admin/attempts/signinattempt/by_diagnosis.html", context)


def _url(slug: str, diagnosis: str) -> str:
    chosen = {"provider": slug, "diagnosis": diagnosis, "day": str(DAYS)}
    return f"{reverse(LIST)}?{urlencode(chosen)}"


def sign_ins_panel(request: HttpRequest, person: UUID) -> SafeString:
    """Return the last sign-ins of somebody, also those that failed because of them.

    That is one query, by an index, without the messages, which are the heavy part of a row.
    """
    if not request.user.has_perm(VIEW):
        return SafeString()
    rows = SignInAttempt.objects.filter(user=person).defer("hops")[:SHOWN]
    context = {"rows": rows, "person": person}
    return render_to_string("admin/attempts/signinattempt/of_person.html", context)


def people_of(reference: str) -> Iterable[Any]:
    """Return the ids of those whom a sign-in was about; small letters of a reference count too."""
    kept = SignInAttempt.objects.filter(reference=reference.strip().upper())
    return kept.exclude(user=None).values_list("user", flat=True)
