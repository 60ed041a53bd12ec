"""Remove old sign-ins (`SIGN_IN_ATTEMPT_RETENTION`), and export those of one person."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.self_service.personal_data import DataPart, columns
from attempts.models import SignInAttempt, SignInCount
from web.shown import duration

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


def remove_attempts() -> int:
    """Remove the rows that are too old, and return their number."""
    return SignInAttempt.objects.filter(created_at__lt=_oldest()).delete()[0]


def remove_counts() -> int:
    """Remove the counts of the same days."""
    return SignInCount.objects.filter(day__lt=_oldest().astimezone(UTC).date()).delete()[0]


def _oldest() -> datetime:
    return timezone.now() - timedelta(seconds=settings.SIGN_IN_ATTEMPT_RETENTION)


SIGN_INS = DataPart(
    "sign_ins",
    "Sign-ins",
    "Each time you signed in or tried: when, at which provider, from which IP address, with which"
    " browser, and how it ended.",
    lambda: f"{duration(settings.SIGN_IN_ATTEMPT_RETENTION)}.",
    lambda user: columns(user.attempts.order_by("created_at"), *OF_A_SIGN_IN),
)
