"""What is kept of refused requests of apps: how it is found, and for how long."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.self_service.personal_data import DataPart, columns
from attempts.references import REFERENCE, by_digest, carried_by, plain, spaced
from audit.seeing_people import may_see_people
from diagnosis.refusals import REFUSALS, filled, name_of
from oidc_provider.failure_advice import advice_on
from oidc_provider.failure_rows import AppFailure, AppFailureCount
from oidc_provider.failure_settled import settled
from oidc_provider.failures import CARRIED
from oidc_provider.models import App
from sessions.models import User
from web.shown import duration

VIEW = "oidc_provider.view_appfailure"
ANSWER = "admin/oidc_provider/appfailure/answer.html"
CODES = by_digest(CARRIED + code for code in REFUSALS)
DAYS = 30
# `facts` is left out: it is about the app, not about the person.
OF_A_FAILURE = (
    *("reference", "created_at", "client_id", "refusal", "error", "address", "user_agent"),
)
APP_FAILURES = DataPart(
    "app_failures",
    gettext_lazy("Apps that could not sign you in"),
    gettext_lazy(
        "Each time an app made a mistake while it signed you in, or you were not allowed to use "
        "it: when, which app, why, and the IP address and the browser or program of the request."
    ),
    lambda: f"{duration(settings.SIGN_IN_ATTEMPT_RETENTION)}.",
    lambda user: columns(user.app_failures.order_by("created_at"), *OF_A_FAILURE),
)


def failures_of(person: User) -> QuerySet[AppFailure]:
    return AppFailure.objects.filter(user=person)


def people_of(term: str) -> Iterable[Any]:
    """Return the ids of the people of a failure, by its reference in any spelling."""
    reference = spaced(plain(term))
    if not REFERENCE.fullmatch(reference):
        return []
    kept = AppFailure.objects.filter(reference=reference)
    return kept.exclude(user=None).values_list("user", flat=True)


def answer_to(request: HttpRequest, reference: str) -> str:
    """Return what is known of a reference as HTML: from its row, or from itself. "" for nothing."""
    if not request.user.has_perm(VIEW):
        return ""
    found = AppFailure.objects.filter(reference=reference).select_related("app", "user").first()
    if found:
        advice = advice_on(found, names_people=may_see_people(request))
        about = {"failure": found, "name": name_of(found.refusal), "advice": advice}
        about |= {"settled": settled(found)}
        return render_to_string(ANSWER, {"reference": reference, "app": found.app, **about})
    return _carried(reference)


def _carried(reference: str) -> str:
    apps = {app.slug: app for app in App.objects.all()}
    carried = carried_by(reference, apps, timezone.now().timestamp(), CODES)
    if carried is None:
        return ""
    code, app = carried.diagnosis.removeprefix(CARRIED), apps.get(carried.provider)
    advice = filled(REFUSALS[code], {"app": app and app.name, "client_id": carried.provider})
    about = {"name": name_of(code), "advice": advice, "app": app, "at": carried.at}
    return render_to_string(ANSWER, {"reference": reference, **about})


def causes() -> list[tuple[str, int]]:
    """Return the causes of the last 30 days that nobody has handled, the most frequent first."""
    since = timezone.now() - timedelta(days=DAYS)
    rows = AppFailure.objects.filter(created_at__gte=since, is_handled=False)
    counted = rows.order_by().values_list("refusal").annotate(number=Count("pk"))
    return list(counted.order_by("-number", "refusal"))


def recent_codes() -> set[str]:
    """Return the causes of the last 30 days."""
    since = timezone.now() - timedelta(days=DAYS)
    rows = AppFailure.objects.filter(created_at__gte=since).order_by()
    return set(rows.values_list("refusal", flat=True).distinct())


def only_counted(**about: str) -> int:
    """Return how many failures of the last 30 days have no row."""
    since = (timezone.now() - timedelta(days=DAYS)).astimezone(UTC).date()
    rows = AppFailureCount.objects.filter(day__gte=since, **about)
    return rows.aggregate(number=Sum("number"))["number"] or 0


def remove_failures() -> int:
    """Remove the rows that are too old, and return their number."""
    return AppFailure.objects.filter(created_at__lt=_oldest()).delete()[0]


def remove_counts() -> int:
    """Remove the counts that are too old, and return their number."""
    return AppFailureCount.objects.filter(day__lt=_oldest().astimezone(UTC).date()).delete()[0]


def _oldest() -> datetime:
    return timezone.now() - timedelta(seconds=settings.SIGN_IN_ATTEMPT_RETENTION)
