"""What has failed at a provider lately, the most frequent cause first: a panel of its page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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
LIST = "admin:attempts_signinattempt_changelist"


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
    if not request.user.has_perm("attempts.view_signinattempt"):
        return SafeString()
    failures = failures_by_diagnosis(provider)
    if not failures:
        return SafeString()
    context = {"failures": failures, "days": DAYS}
    return render_to_string("admin/attempts/signinattempt/by_diagnosis.html", context)


def _url(slug: str, diagnosis: str) -> str:
    chosen = {"provider": slug, "diagnosis": diagnosis, "day": str(DAYS)}
    return f"{reverse(LIST)}?{urlencode(chosen)}"
