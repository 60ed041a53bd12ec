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
    "The groups and organisations that your provider says you belong to, if a rule of this site "
    "asks for them. The provider's token is kept encrypted, to ask again later. It is shown to "
    "nobody.",
    lambda: "Until you disconnect the account, or until no rule asks for them.",
    _memberships,
)
