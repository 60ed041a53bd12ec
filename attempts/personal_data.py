"""What this room keeps of a person, for the page and the file of `accounts.self_service`."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from accounts.self_service.personal_data import DataPart, columns
from attempts.models import SignInAttempt
from sessions.models import User
from web.shown import duration

# Not with it: the messages between this site and the provider, which are about the site.
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


def _sign_ins(user: User) -> Iterator[dict[str, Any]]:
    attempts = SignInAttempt.objects.filter(user=user).order_by("created_at")
    return columns(attempts, *OF_A_SIGN_IN)


SIGN_INS = DataPart(
    "sign_ins",
    "Sign-ins",
    "Each time you signed in or tried: when, at which provider, from which IP address, with which"
    " browser, and how it ended.",
    lambda: f"{duration(settings.SIGN_IN_ATTEMPT_RETENTION)}.",
    _sign_ins,
)
