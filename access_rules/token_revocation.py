"""When an account goes, its token is deleted here and revoked at its provider.

The row goes with its account, whatever the provider does. After the commit, the provider is asked
once, for a few seconds, and the audit log says what it answered.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from access_rules.models import ProviderToken
from audit.actor import ITSELF, Target
from audit.events import Action, Result
from audit.recording import record
from outgoing import deadline
from protocol.errors import ErrorCode, OutgoingError, SignInError
from providers import catalogue
from providers.clients import client_for
from providers.clients.base import opening
from providers.models import Provider

logger = logging.getLogger(__name__)
SECONDS = 3  # for all requests about one token
TOGETHER = 6  # seconds for all tokens of one change, while somebody waits for the page
NO_WAY = "no_revocation_endpoint"  # the provider cannot revoke a token, or is gone
DOWN = {ErrorCode.PROVIDER_UNAVAILABLE, ErrorCode.RATE_LIMITED, ErrorCode.PROVIDER_BUSY}


@dataclass(frozen=True)
class Orphan:
    """A token whose account goes, its provider unless that is gone, and its owner."""

    token: ProviderToken
    provider: Provider | None
    slug: str
    owner: Target

    @classmethod
    def of(cls, token: ProviderToken, providers: Mapping[str, Provider]) -> "Orphan":
        account = token.account
        slug = account.provider
        return cls(token, providers.get(slug), slug, Target.of(account.user))


def revoke_tokens_of(accounts: QuerySet[SocialAccount], *, somebody_waits: bool) -> None:
    """Revoke the tokens of these accounts once the transaction that deletes them is committed."""
    rows = ProviderToken.objects.filter(account__in=accounts).select_related("account__user")
    tokens = list(rows)
    if not tokens:
        return
    slugs = {token.account.provider for token in tokens}
    providers = {provider.slug: provider for provider in Provider.objects.filter(slug__in=slugs)}
    orphans = [Orphan.of(token, providers) for token in tokens]
    transaction.on_commit(partial(_revoke_all, orphans, somebody_waits=somebody_waits))


def _revoke_all(orphans: Iterable[Orphan], *, somebody_waits: bool) -> None:
    """Revoke one after the other. A provider that does not answer is not asked again."""
    down: dict[str, ErrorCode] = {}
    with deadline(TOGETHER) if somebody_waits else nullcontext():
        for orphan in orphans:
            reason = down.get(orphan.slug) or _reason_why_not(orphan, down)
            _record(orphan, reason)


def _reason_why_not(orphan: Orphan, down: dict[str, ErrorCode]) -> str:
    """Revoke a token. Returns "", or the reason why that failed."""
    if orphan.provider is None:
        return NO_WAY
    try:
        with deadline(SECONDS):
            return "" if _revoke(orphan.provider, orphan.token) else NO_WAY
    except catalogue.UnknownKindError:
        return NO_WAY
    except SignInError as error:
        if isinstance(error, OutgoingError) or error.code in DOWN:
            down[orphan.slug] = error.code
        detail = error.detail or "-"
        logger.warning("token not revoked: provider=%s cause=%s", orphan.slug, detail)
        return error.code


def _revoke(provider: Provider, token: ProviderToken) -> bool:
    with opening("stored token"):
        access_token, refresh_token = token.access_token, token.refresh_token
    return client_for(provider, HttpRequest()).revoke(access_token, refresh_token)


def _record(orphan: Orphan, reason: str) -> None:
    record(
        Action.PROVIDER_TOKEN_REVOKED,
        ITSELF,
        orphan.owner,
        provider=orphan.slug,
        result=Result.REFUSED if reason else Result.SUCCESS,
        reason=reason,
    )
