"""The tokens by which memberships are asked for again, sealed, and only while a rule needs it."""

from datetime import datetime, timedelta

from access_rules.decision import ASKED_AGAIN
from access_rules.models import AccessRule, ProviderToken
from protocol.flow import AccessToken

MARGIN = 60  # seconds before its end in which a token is refreshed already


def keep(account_pk: int, token: AccessToken, now: datetime) -> ProviderToken:
    """Keep the tokens in one statement; without a new refresh token the earlier one stays.

    A provider may issue one at the first consent alone, and need not rotate it (RFC 6749 §6).
    """
    row = ProviderToken(account_id=account_pk, issued_at=now)
    row.access_token, row.refresh_token = token.access_token, token.refresh_token
    if token.expires_in is not None:
        row.expires_at = now + timedelta(seconds=token.expires_in)
    renewed = ["sealed_access_token", "expires_at", "issued_at"]
    renewed += ["sealed_refresh_token"] if token.refresh_token else []
    ProviderToken.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["account"], update_fields=renewed
    )
    return row


def remove_unneeded() -> int:
    """Delete the tokens of providers none of whose rules is asked again any more."""
    rules = AccessRule.objects.filter(kind__in=ASKED_AGAIN).exclude(provider=None)
    needed = rules.values_list("provider__slug", flat=True)
    removed, _ = ProviderToken.objects.exclude(account__provider__in=list(needed)).delete()
    return removed
