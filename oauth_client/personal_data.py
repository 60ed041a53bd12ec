"""What this room keeps of a person, for the page and the file of `accounts.self_service`."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings

from access_rules.stored import MembershipFacts
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


def _sign_ins(user: "User") -> Iterator[dict[str, Any]]:
    attempts = SignInAttempt.objects.filter(user=user).order_by("created_at")
    return columns(attempts, *OF_A_SIGN_IN)


def _memberships(user: "User") -> Iterator[dict[str, Any]]:
    """Give what is known of each account, under the provider that said it."""
    facts = MembershipFacts.objects.filter(account__user=user).order_by("pk")
    names = ("claims", "organisations", "teams", "checked_at")
    for row in columns(facts, "account__provider", *names):
        yield {"provider": row.pop("account__provider"), **row}


SIGN_INS = DataPart(
    "sign_ins",
    "Sign-ins",
    "Each time you signed in or tried: when, at which provider, from which IP address, with which"
    " browser, and how it ended.",
    lambda: f"{duration(settings.SIGN_IN_ATTEMPT_RETENTION)}.",
    _sign_ins,
)
MEMBERSHIPS = DataPart(
    "memberships",
    "Memberships",
    "What your provider says that you belong to, as far as a rule of this site asks for it. To ask"
    " again later, the provider's token is kept encrypted; it is shown to nobody.",
    lambda: "Until you disconnect the account, or no rule asks any more.",
    _memberships,
)
