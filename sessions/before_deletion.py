"""What other rooms do before accounts are deleted."""

from collections.abc import Callable

from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet

_parts: list[Callable[..., None]] = []


def call_before_deletion(part: Callable[..., None]) -> None:
    """Have `part` called, with the arguments of `announce_deletion`, before accounts are deleted.

    It runs in that transaction. With `somebody_waits`, a visitor waits for it: it must be quick.
    """
    _parts.append(part)


def announce_deletion(accounts: QuerySet[SocialAccount], *, somebody_waits: bool = True) -> None:
    """Announce that these accounts will be deleted, in the transaction that deletes them."""
    for part in _parts:
        part(accounts, somebody_waits=somebody_waits)
