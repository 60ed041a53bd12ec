"""Which providers may vouch for an address at this moment, as `accounts` asks it."""

from django.db import connection

from accounts.vouching import MayVouch
from providers.models import Provider
from providers.vouching import domain_of
from providers.word_of_providers import DECIDING

FIND = f"SELECT id, {', '.join(DECIDING)} FROM providers_provider ORDER BY id"  # noqa: S608 - our own


def may_vouch_now(*, hold: bool) -> MayVouch:
    """Return who may vouch for what, by all providers there are.

    With `hold` they stay as they are until the transaction ends; on SQLite it is the only writer
    anyhow.
    """
    is_held = hold and connection.vendor == "postgresql"
    found = Provider.objects.raw(f"{FIND} FOR SHARE" if is_held else FIND)
    enabled = {provider.slug: provider for provider in found if provider.enabled}

    def may_vouch(slug: str, address: str) -> bool:
        return slug in enabled and enabled[slug].may_vouch_for(domain_of(address))

    return may_vouch
