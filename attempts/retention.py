"""Forget sign-ins after `SIGN_IN_ATTEMPT_RETENTION` seconds; `manage.py cleanup` calls this."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from attempts.models import SignInAttempt, SignInCount


def remove_attempts() -> int:
    """Remove what is too old; returns how many rows that were."""
    return SignInAttempt.objects.filter(created_at__lt=_oldest()).delete()[0]


def remove_counts() -> int:
    """Remove the numbers of the days before."""
    return SignInCount.objects.filter(day__lt=_oldest().astimezone(UTC).date()).delete()[0]


def _oldest() -> datetime:
    return timezone.now() - timedelta(seconds=settings.SIGN_IN_ATTEMPT_RETENTION)
