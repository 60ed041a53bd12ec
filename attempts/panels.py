"""What other rooms show of sign-ins, and what `manage.py cleanup` removes."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.self_service.personal_data import DataPart, columns
from attempts.models import SignInAttempt, SignInCount
from attempts.references import REFERENCE, carried_by, plain, spaced
from diagnosis import in_words
from diagnosis.advice import advice_on
from diagnosis.fields import FIELDS
from providers.models import Provider
from sessions.models import User
from web.shown import duration

# What other rooms know of a reference that is no sign-in's: each returns HTML, "" for nothing
ANSWERS: list[Callable[[HttpRequest, str], str]] = []
DAYS = 30
SHOWN = 10  # sign-ins of a person
VIEW = "attempts.view_signinattempt"
# The messages are left out: they are about the site, not about the person.
OF_A_SIGN_IN = (
    "reference",
    "created_at",
    "provider",
    "process",
    "diagnosis",
    "step",
    "provider_error",
    "address",
    "user_agent",
    "milliseconds",
)
SIGN_INS = DataPart(
    "sign_ins",
    gettext_lazy("Sign-ins"),
    gettext_lazy(
        "Each time you signed in or tried: when, at which provider, from which IP address, with "
        "which browser, and how it ended."
    ),
    lambda: f"{duration(settings.SIGN_IN_ATTEMPT_RETENTION)}.",
    lambda user: columns(user.attempts.order_by("created_at"), *OF_A_SIGN_IN),
)


def failures_panel(request: HttpRequest, provider: Provider) -> SafeString:
    """Show how often the provider failed in the last 30 days, by diagnosis. An index serves this.

    The panel is empty if nothing failed, or if the admin may not see sign-ins.
    """
    since = timezone.now() - timedelta(days=DAYS)
    failed = SignInAttempt.objects.filter(provider=provider.slug, created_at__gte=since)
    failures = (
        failed.exclude(diagnosis="")
        .values("diagnosis")
        .annotate(number=Count("pk"), last_at=Max("created_at"))
        .order_by("-number", "diagnosis")
    )
    if not request.user.has_perm(VIEW) or not failures:
        return SafeString()
    named = [failure | {"words": in_words(failure["diagnosis"])} for failure in failures]
    context = {"failures": named, "days": DAYS, "provider": provider.slug}
    return render_to_string("admin/attempts/signinattempt/by_diagnosis.html", context)


def sign_ins_panel(request: HttpRequest, person: UUID) -> SafeString:
    """Return a person's last sign-ins, also failed ones if it is known whose they were.

    This is one query, and uses an index. It leaves out the messages, the largest part of a row.
    """
    if not request.user.has_perm(VIEW):
        return SafeString()
    rows = SignInAttempt.objects.filter(user=person).defer("hops")[:SHOWN]
    context = {"rows": rows, "person": person}
    return render_to_string("admin/attempts/signinattempt/of_person.html", context)


def attempts_of(person: User) -> QuerySet[SignInAttempt]:
    return SignInAttempt.objects.filter(user=person)


def answer_to(request: HttpRequest, term: str) -> dict[str, Any]:
    """Return what a reference without a row carries, or only how long sign-ins are kept.

    Another room may know it, if it is no sign-in's.

    Return nothing if the term is no reference, or if its row exists.
    """
    reference, now = spaced(plain(term)), timezone.now()
    kept = duration(settings.SIGN_IN_ATTEMPT_RETENTION)
    if not REFERENCE.fullmatch(reference):
        return {}
    if SignInAttempt.objects.filter(reference=reference).exists():
        return {}
    providers = {provider.slug: provider for provider in Provider.objects.all()}
    carried = carried_by(reference, providers, now.timestamp())
    if carried is None:
        elsewhere = next(filter(None, (each(request, reference) for each in ANSWERS)), "")
        return {"reference": reference, "kept": kept, "elsewhere": elsewhere}
    provider = providers.get(carried.provider)
    return {
        "reference": reference,
        "carried": carried,
        "diagnosis": in_words(carried.diagnosis),
        "provider": provider,
        "field": FIELDS.get(carried.diagnosis),
        "advice": advice_on(carried.diagnosis, provider or _("the provider")),
    }


def people_of(reference: str) -> Iterable[Any]:
    """Return the ids of the people of a sign-in. The case of the reference does not matter."""
    kept = SignInAttempt.objects.filter(reference=reference.strip().upper())
    return kept.exclude(user=None).values_list("user", flat=True)


def remove_attempts() -> int:
    """Remove the rows that are too old, and return their number."""
    return SignInAttempt.objects.filter(created_at__lt=_oldest()).delete()[0]


def remove_counts() -> int:
    """Remove the counts that are too old, and return their number."""
    return SignInCount.objects.filter(day__lt=_oldest().astimezone(UTC).date()).delete()[0]


def _oldest() -> datetime:
    return timezone.now() - timedelta(seconds=settings.SIGN_IN_ATTEMPT_RETENTION)
