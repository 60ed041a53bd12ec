"""A list of functions to call before accounts at providers are deleted. Other rooms add theirs."""

from typing import Protocol

from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet


class Part(Protocol):
    """A function that looks at accounts, in the transaction that will delete them.

    If `somebody_waits` is true, a visitor waits for a page. Then its work must not take long.
    """

    def __call__(self, accounts: QuerySet[SocialAccount], *, somebody_waits: bool) -> None: ...


_parts: list[Part] = []


def when_accounts_go(part: Part) -> None:
    """Call this function whenever accounts will be deleted."""
    _parts.append(part)


def accounts_go(accounts: QuerySet[SocialAccount], *, somebody_waits: bool = True) -> None:
    """Announce that these accounts will be deleted, in the transaction that deletes them."""
    for part in _parts:
        part(accounts, somebody_waits=somebody_waits)
