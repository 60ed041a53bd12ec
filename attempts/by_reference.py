"""Find the people whom a sign-in was about, by the reference that its visitor was shown."""

from collections.abc import Iterable
from typing import Any

from attempts.models import SignInAttempt


def people_of(reference: str) -> Iterable[Any]:
    """Return the ids of these people; what was typed may be in small letters."""
    kept = SignInAttempt.objects.filter(reference=reference.strip().upper())
    return kept.exclude(user=None).values_list("user", flat=True)
