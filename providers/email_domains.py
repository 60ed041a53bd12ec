"""The email domains for which a provider may vouch, and what follows when the provider changes.

A stored list has domains in lower case and ASCII, separated by a comma and a space; `*` is every
domain. What "" means depends on the provider: see `Provider.may_vouch_for`. A provider that is
switched off, removed or restricted to fewer domains vouches for fewer addresses from then on. The
same transaction updates what is proven.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from accounts.identity import ascii_domain
from accounts.proven_addresses import settle_people_of
from accounts.vouching import MayVouch

if TYPE_CHECKING:
    from providers.models import Provider  # noqa: F401 - in a string below

ANY = "*"
DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
# The columns that decide for which addresses a provider vouches.
DECIDING = ("slug", "kind", "enabled", "base_url", "vouches_for")
# Django cannot lock FOR SHARE. `SELECT ... FOR UPDATE` would make sign-ins wait for each other.
ALL = f"SELECT id, {', '.join(DECIDING)} FROM providers_provider ORDER BY id"  # noqa: S608 - our own


def normalised(typed: str) -> str:
    """Return the list as it is stored. Raises `ValueError` with a text for the admin."""
    words = typed.replace(",", " ").split()
    if ANY in words and len(words) > 1:
        raise ValueError(_("“*” means every domain. Enter only “*”, or only a list of domains."))
    domains = words if words == [ANY] else [normalised_domain(word) for word in words]
    return ", ".join(dict.fromkeys(domains))


def normalised_domain(typed: str) -> str:
    """Return one domain as it is stored. Raises `ValueError` with a text for the admin."""
    try:
        domain = ascii_domain(typed.removeprefix("@"))
    except ValueError:
        problem = _("Enter “{domain}” in ASCII. That form begins with xn--.")
        raise ValueError(problem.format(domain=typed)) from None
    if not DOMAIN.fullmatch(domain):
        problem = _("“{domain}” is not a domain such as example.org. List each subdomain.")
        raise ValueError(problem.format(domain=typed))
    return domain


class ProviderQuerySet(models.QuerySet["Provider"]):
    """Providers. Every change through this class also updates the addresses that are proven."""

    def update(self, **changes: Any) -> int:
        if changes.keys().isdisjoint(DECIDING):
            return super().update(**changes)
        with addresses_follow(self):
            return super().update(**changes)

    def delete(self) -> tuple[int, dict[str, int]]:
        with addresses_follow(self):
            return super().delete()

    def lock(self) -> None:
        """Wait for sign-ins that are about to end. Block others until the transaction ends.

        Call this before you change anything that a sign-in relies on. It locks all providers in the
        same order as `may_vouch_now`, so that there is no deadlock.
        """
        list(self.select_for_update().order_by("pk").values_list("pk"))

    def may_vouch_now(self, *, hold: bool) -> MayVouch:
        """Return which provider may vouch for which address at this moment.

        With `hold`, no provider changes until the transaction ends. SQLite needs no lock for that:
        it has one writer.
        """
        is_locked = hold and connection.vendor == "postgresql"
        providers = self.raw(f"{ALL} FOR SHARE" if is_locked else ALL)
        enabled = {provider.slug: provider for provider in providers if provider.enabled}

        def may_vouch(slug: str, address: str) -> bool:
            return slug in enabled and enabled[slug].may_vouch_for(address.rpartition("@")[2])

        return may_vouch


@contextmanager
def addresses_follow(providers: models.QuerySet[Any], *new: Any) -> Iterator[None]:
    """Update which addresses are proven, after the block has changed these providers.

    This locks all providers, because two that vouch for one address may be removed at the same
    time. `new` has the keys of providers that the block may add.
    """
    with transaction.atomic():
        providers.model.objects.lock()
        before = _deciding_values(providers)
        yield
        every = providers.model._base_manager  # noqa: SLF001 - documented by Django
        after = _deciding_values(every.filter(pk__in=[*before, *new]))
        changed = {values[0] for values in {*before.values()} ^ {*after.values()}}
        if changed:
            settle_people_of(changed)


def _deciding_values(providers: models.QuerySet[Any]) -> dict[Any, tuple[Any, ...]]:
    rows = providers.order_by().values_list("pk", *DECIDING)
    return {row[0]: row[1:] for row in rows}
