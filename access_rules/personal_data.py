"""What this room keeps about a person, for the page and the file of `accounts.self_service`."""

from collections.abc import Iterator
from typing import Any

from access_rules.models import MembershipFacts
from accounts.self_service.personal_data import DataPart, columns
from sessions.models import User


def _memberships(user: User) -> Iterator[dict[str, Any]]:
    """Give what each provider said about the person's account."""
    facts = MembershipFacts.objects.filter(account__user=user).order_by("pk")
    names = ("claims", "organisations", "teams", "checked_at")
    for row in columns(facts, "account__provider", *names):
        yield {"provider": row.pop("account__provider"), **row}


MEMBERSHIPS = DataPart(
    "memberships",
    "Memberships",
    "What your provider says that you belong to, as far as a rule of this site asks for it. To ask"
    " again later, the provider's token is kept encrypted; it is shown to nobody.",
    lambda: "Until you disconnect the account, or no rule asks any more.",
    _memberships,
)
