"""Warn of client secrets that are about to expire, before sign-ins fail."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from providers.models import Provider

WARNED_AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class ExpiringSecret:
    """A provider whose client secret has `days` left: 0 on its last day, negative afterwards."""

    provider: Provider
    days: int

    @property
    def has_expired(self) -> bool:
        return self.days < 0

    @property
    def words(self) -> str:
        """Return a phrase that follows "The client secret"."""
        if self.has_expired:
            return f"expired {_days(-self.days)} ago"
        return f"expires in {_days(self.days)}" if self.days else "expires today"


def expiring_secrets(today: date | None = None) -> list[ExpiringSecret]:
    """Return the secrets that have expired or will within 30 days, the most urgent first."""
    dated = Provider.objects.exclude(secret_expires_on=None)
    providers = dated.order_by("secret_expires_on", "slug")
    return [secret for provider in providers if (secret := expiry_of(provider, today))]


def expiry_of(provider: Provider, today: date | None = None) -> ExpiringSecret | None:
    """Return the secret of this provider if it needs a warning."""
    if provider.secret_expires_on is None:
        return None
    left = provider.secret_expires_on - (today or timezone.localdate())
    return ExpiringSecret(provider, left.days) if left <= WARNED_AHEAD else None


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
