"""Revoke the token of an account at its provider when the account is deleted here.

The row is deleted with its account, whatever the provider does. After the commit, the provider gets
one request, with a deadline of a few seconds. The audit log has the result.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from access_rules.models import ProviderToken
from audit.models import ITSELF, Action, Result, Target
from audit.recording import record
from outgoing import deadline
from protocol.errors import ErrorCode, SignInError
from providers import catalogue
from providers.clients import client_for
from providers.clients.base import is_down, opening
from providers.models import Provider

logger = logging.getLogger(__name__)
SECONDS = 3  # for all requests about one token
TOGETHER = 6  # seconds for all tokens of one change, while somebody waits for the page
NO_WAY = "no_revocation_endpoint"  # the provider cannot revoke a token, or is gone


def revoke_tokens_of(accounts: QuerySet[SocialAccount], *, somebody_waits: bool) -> None:
    """Revoke the tokens of these accounts once the transaction that deletes them is committed."""
    rows = ProviderToken.objects.filter(account__in=accounts).select_related("account__user")
    tokens = list(rows)
    if not tokens:
        return
    slugs = {token.account.provider for token in tokens}
    providers = {provider.slug: provider for provider in Provider.objects.filter(slug__in=slugs)}
    transaction.on_commit(partial(_revoke_all, tokens, providers, somebody_waits=somebody_waits))


def _revoke_all(
    tokens: Iterable[ProviderToken], providers: Mapping[str, Provider], *, somebody_waits: bool
) -> None:
    """Revoke one token after the other. A provider that is down gets no further request."""
    down: dict[str, ErrorCode] = {}
    with deadline(TOGETHER) if somebody_waits else nullcontext():
        for token in tokens:
            slug = token.account.provider
            reason = down.get(slug) or _reason_why_not(token, providers.get(slug), down)
            result = Result.REFUSED if reason else Result.SUCCESS
            about: Any = {"provider": slug, "result": result, "reason": reason}
            target = Target.of(token.account.user)
            record(Action.PROVIDER_TOKEN_REVOKED, ITSELF, target, **about)


def _reason_why_not(
    token: ProviderToken, provider: Provider | None, down: dict[str, ErrorCode]
) -> str:
    """Revoke a token. Returns "", or the reason why that failed."""
    if provider is None:
        return NO_WAY
    try:
        with deadline(SECONDS):
            with opening("stored token"):
                access_token, refresh_token = token.access_token, token.refresh_token
            client = client_for(provider, HttpRequest())
            return "" if client.revoke(access_token, refresh_token) else NO_WAY
    except catalogue.UnknownKindError:
        return NO_WAY
    except SignInError as error:
        if is_down(error):
            down[provider.slug] = error.code
        detail = error.detail or "-"
        logger.warning("token not revoked: provider=%s cause=%s", provider.slug, detail)
        return error.code
