"""Client secrets that are about to expire, before visitors find out."""

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
        """Say it, as in "The client secret ..."."""
        if self.has_expired:
            return f"expired {_days(-self.days)} ago"
        return f"expires in {_days(self.days)}" if self.days else "expires today"


def expiring_secrets(today: date | None = None) -> list[ExpiringSecret]:
    """Return those that have expired or will within 30 days, the most urgent first."""
    today = today or timezone.localdate()
    soon = Provider.objects.filter(secret_expires_on__lte=today + WARNED_AHEAD)
    return [_of(provider, today) for provider in soon.order_by("secret_expires_on", "slug")]


def expiry_of(provider: Provider, today: date | None = None) -> ExpiringSecret | None:
    """Return what there is to warn of at this provider, if anything."""
    if provider.secret_expires_on is None:
        return None
    expiring = _of(provider, today or timezone.localdate())
    return expiring if expiring.days <= WARNED_AHEAD.days else None


def _of(provider: Provider, today: date) -> ExpiringSecret:
    last_day = provider.secret_expires_on or today
    return ExpiringSecret(provider, (last_day - today).days)


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
