"""A provider changes, and with it what its word is worth: addresses follow in the same transaction.

One that is switched off, removed or restricted to fewer domains vouches for less from then on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models, transaction

from accounts.proven_addresses import settle_people_of

DECIDING = (
    "slug",
    "kind",
    "enabled",
    "base_url",
    "vouches_for",
)  # columns that say what its word is worth


class ProviderQuerySet(models.QuerySet[Any]):
    """Providers, in whichever way they are changed."""

    def update(self, **changes: Any) -> int:
        if changes.keys().isdisjoint(DECIDING):
            return super().update(**changes)
        with addresses_follow(self):
            return super().update(**changes)

    def delete(self) -> tuple[int, dict[str, int]]:
        with addresses_follow(self):
            return super().delete()


@contextmanager
def addresses_follow(providers: models.QuerySet[Any], *new: Any) -> Iterator[None]:
    """Change these providers within; what is proven by accounts at them is found out anew.

    All providers are locked for that: somebody may have an address by two, and both may go at once.
    `new` are the keys of those that may be added.
    """
    with transaction.atomic():
        providers.model.objects.lock()
        before = _words(providers)
        yield
        every = providers.model._base_manager  # noqa: SLF001 - documented by Django
        after = _words(every.filter(pk__in=[*before, *new]))
        changed = {word[0] for word in {*before.values()} ^ {*after.values()}}
        if changed:
            settle_people_of(changed)


def _words(providers: models.QuerySet[Any]) -> dict[Any, tuple[Any, ...]]:
    rows = providers.order_by().values_list("pk", *DECIDING)
    return {row[0]: row[1:] for row in rows}
