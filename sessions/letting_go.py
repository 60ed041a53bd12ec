"""What other rooms have to do when accounts at providers go: they put their part on this list."""

from typing import Protocol

from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet


class Part(Protocol):
    """Looks at accounts in the transaction that will delete them.

    `somebody_waits` for a page, so that nothing that follows may take long.
    """

    def __call__(self, accounts: QuerySet[SocialAccount], *, somebody_waits: bool) -> None: ...


_parts: list[Part] = []


def when_accounts_go(part: Part) -> None:
    """Have this done whenever accounts go."""
    _parts.append(part)


def accounts_go(accounts: QuerySet[SocialAccount], *, somebody_waits: bool = True) -> None:
    """Say that these accounts are about to be deleted, in the transaction that does it."""
    for part in _parts:
        part(accounts, somebody_waits=somebody_waits)
