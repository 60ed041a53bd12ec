"""One client for each way to ask a provider who somebody is (step 7).

A provider is data (`models.Provider`, `catalogue.Kind`). Only the requests, and the reading of the
responses, are code.
"""

from collections.abc import Collection

from django.http import HttpRequest

from protocol.errors import AuthorizationRequestError, ErrorCode
from providers import catalogue
from providers.clients.base import Need, Profile, ProviderClient
from providers.clients.by_allauth import AllauthClient
from providers.clients.github import GitHubClient
from providers.clients.openid_connect import AppleClient, MicrosoftClient, OpenIDConnectClient
from providers.models import Provider

__all__ = ["Profile", "ProviderClient", "client_for", "sign_in_client"]

CLIENTS: dict[catalogue.Protocol, type[ProviderClient]] = {
    catalogue.Protocol.OPENID_CONNECT: OpenIDConnectClient,
    catalogue.Protocol.APPLE: AppleClient,
    catalogue.Protocol.MICROSOFT: MicrosoftClient,
    catalogue.Protocol.GITHUB: GitHubClient,
    catalogue.Protocol.ALLAUTH: AllauthClient,
}


def client_for(provider: Provider, request: HttpRequest) -> ProviderClient:
    """Return the client that speaks this provider's protocol."""
    return CLIENTS[catalogue.kind(provider.kind).protocol](provider, request)


def sign_in_client(
    provider: Provider,
    request: HttpRequest,
    needs: frozenset[Need] = frozenset(),
    claims: Collection[str] = (),
) -> ProviderClient:
    """Return the client for a sign-in. Refuse a kind whose id does not always mean one person.

    Such a kind cannot be added, but an earlier release may have left a row. `claims` are those that
    the rules look at. Raises `AuthorizationRequestError`, also for a kind that is gone.
    """
    kind = provider.catalogued
    if why_not := kind.identifier.why_not:
        raise AuthorizationRequestError(ErrorCode.SETTING_MISSING, why_not)
    return CLIENTS[kind.protocol](provider, request, needs, claims)
