"""Microsoft: an OpenID Provider with an issuer for each tenant."""

from dataclasses import replace

from protocol import flow
from protocol.id_token import TENANT, Expected
from providers.clients.openid_connect import OpenIDConnectClient
from providers.discovery import Issuer

# The tenant of all personal accounts, whose documents name it where `consumers` is asked for
# (learn.microsoft.com, "OpenID Connect on the Microsoft identity platform", 2026-11).
PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
MANY = ("common", "organizations")


class MicrosoftClient(OpenIDConnectClient):
    """Expects the issuer of one tenant, or of the tenant that the token names.

    The document of `common` and `organizations` has `{tenantid}` in its issuer. Every ID token has
    the tenant there (MicrosoftDocs/azure-docs #38427, 2026-11).
    """

    @property
    def issuer(self) -> Issuer:
        tenant = self.extra_value("tenant").lower()
        tenant = PERSONAL_ACCOUNTS if tenant == "consumers" else tenant
        name = TENANT if tenant in MANY else tenant
        return self.issuer_at(self._address(tenant), (self._address(name),))

    def server(self) -> flow.AuthorizationServer:
        """Return the endpoints. With many tenants, no one issuer identifies a response."""
        server = super().server()
        return replace(server, issuer="") if TENANT in server.issuer else server

    def expected(self, token: flow.AccessToken, attempt: flow.Attempt) -> Expected:
        """Judge each key by its issuer too, even if only one tenant may sign in."""
        return replace(super().expected(token, attempt), issuer_has_tenant=True)

    def _address(self, tenant: str) -> str:
        return f"{self.provider.issuer.rstrip('/')}/{tenant}/v2.0"
