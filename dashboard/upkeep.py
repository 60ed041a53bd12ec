"""What is about to expire?"""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from providers.next_secret import expiring_secrets
from sessions.models import SigningKey
from sessions.signing_keys import life
from web.shown import duration


@dataclass(frozen=True)
class Reminder:
    """Something that expires, and how urgent that is: "fine", "warning" or "error"."""

    state: str
    name: str
    words: str
    url: str


def secrets() -> list[Reminder]:
    """Return the client secrets that have expired or will soon."""
    return [
        Reminder(
            "error" if secret.has_expired else "warning",
            secret.provider.name,
            f"The client secret {secret.words}.",
            reverse("admin:providers_provider_change", args=[secret.provider.pk]),
        )
        for secret in expiring_secrets()
    ]


def signing_key(now: datetime | None = None) -> Reminder:
    """Return the age of the signing key, and whether the next one is late."""
    now = now or timezone.now()
    rows = list(SigningKey.objects.filter(state__in=life.ACCEPTED))
    current = life.signing(rows, now)
    url = reverse("admin:signet_sessions_signingkey_changelist")
    if current is None:
        return Reminder("error", "Signing key", "There is none: nobody can be signed in.", url)
    age = duration((now - current.signs_from).total_seconds())
    rest = (life.retires_at(current, rows) - now).total_seconds()
    if rest < 0:
        words = f"{age} old, and its successor is late. Rotate it."
        return Reminder("warning", "Signing key", words, url)
    words = f"{current.algorithm}, {age} old; the next takes over by itself in {duration(rest)}."
    return Reminder("fine", "Signing key", words, url)
