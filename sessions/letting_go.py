"""A list of functions to call before accounts at providers are deleted. Other rooms add theirs."""

from collections.abc import Callable

from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet

_parts: list[Callable[..., None]] = []


def when_accounts_go(part: Callable[..., None]) -> None:
    """Call `part` like `accounts_go` whenever accounts will be deleted, in that transaction.

    If `somebody_waits` is true, a visitor waits for a page. Then its work must not take long.
    """
    _parts.append(part)


def accounts_go(accounts: QuerySet[SocialAccount], *, somebody_waits: bool = True) -> None:
    """Announce that these accounts will be deleted, in the transaction that deletes them."""
    for part in _parts:
        part(accounts, somebody_waits=somebody_waits)
