"""What other rooms do before accounts at providers are deleted: they put it on this list."""

from typing import Protocol

from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet


class Part(Protocol):
    """Looks at accounts in the transaction that will delete them.

    If `somebody_waits` for a page, nothing that follows may take long.
    """

    def __call__(self, accounts: QuerySet[SocialAccount], *, somebody_waits: bool) -> None: ...


_parts: list[Part] = []


def when_accounts_go(part: Part) -> None:
    """Do this whenever accounts are deleted."""
    _parts.append(part)


def accounts_go(accounts: QuerySet[SocialAccount], *, somebody_waits: bool = True) -> None:
    """Announce that these accounts will be deleted, in the transaction that deletes them."""
    for part in _parts:
        part(accounts, somebody_waits=somebody_waits)
