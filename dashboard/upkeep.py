"""How many are signed in now, and what is about to expire?"""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from providers.secret_expiry import ExpiringSecret, expiring_secrets
from sessions.models import Session, SigningKey
from sessions.sessions import alive
from sessions.signing_keys import life


@dataclass(frozen=True)
class Reminder:
    """Something that expires, and how urgent that is: "fine", "warning" or "error"."""

    state: str
    name: str
    words: str
    url: str


def sessions_alive() -> int:
    """Tell how many sessions could be used now."""
    return alive(Session.objects.all()).count()


def secrets() -> list[Reminder]:
    """Return the client secrets that have expired or will soon."""
    return [_secret(expiring) for expiring in expiring_secrets()]


def _secret(expiring: ExpiringSecret) -> Reminder:
    return Reminder(
        "error" if expiring.has_expired else "warning",
        expiring.provider.name,
        f"The client secret {expiring.words}.",
        reverse("admin:providers_provider_change", args=[expiring.provider.pk]),
    )


def signing_key(now: datetime | None = None) -> Reminder:
    """Return the age of the signing key, and whether the next one is late."""
    now = now or timezone.now()
    rows = list(SigningKey.objects.filter(state__in=life.ACCEPTED))
    current = life.signing(rows, now)
    url = reverse("admin:signet_sessions_signingkey_changelist")
    if current is None:
        return Reminder("error", "Signing key", "There is none: nobody can be signed in.", url)
    age, ends_at = (now - current.signs_from).days, life.retires_at(current, rows)
    if ends_at < now:
        words = f"{_days(age)} old, and its successor is late. Rotate it."
        return Reminder("warning", "Signing key", words, url)
    rest = (ends_at - now).days
    rotation = f"the next takes over by itself in {_days(rest)}"
    words = f"{current.algorithm}, {_days(age)} old; {rotation}."
    return Reminder("fine", "Signing key", words, url)


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"
