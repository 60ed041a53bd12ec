"""What the tests of the doctor share."""

from typing import Any

import responses

from oauth_client.doctor.findings import Finding, Outcome, Report
from oauth_client.doctor.subject import Subject
from outgoing.addresses import Address
from protocol.flow import AuthorizationServer
from providers import catalogue
from providers.models import Provider
from tests.fakes import ISSUER, add_provider
from tests.providers.clients.answers.entry import APPLE_EXTRA, TENANT

OK, PROBLEM = Outcome.OK, Outcome.PROBLEM
WARNING, UNKNOWN = Outcome.WARNING, Outcome.UNKNOWN
TOKEN = "https://token.example/token"
MARKED = "MARKED-BODY"
NOW = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
DISCOVERY = f"{ISSUER}/.well-known/openid-configuration"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "response_types_supported": ["code"],
    "code_challenge_methods_supported": ["S256"],
    "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
}


def nowhere(host: str, port: int, limit: float) -> list[Address]:
    """Resolve no name, so that nothing leaves this machine."""
    raise OSError


def subject(provider: Provider | None = None, **fields: Any) -> Subject:
    """Return a provider to be examined, by default one that has its discovery document."""
    provider = provider or add_provider(**{"client_secret": "s3cret"} | fields)
    return Subject(provider, resolve=nowhere, now=lambda: NOW)


def examined(kind: str, **fields: Any) -> Subject:
    """Return a provider of a kind, with a token endpoint that a test answers for."""
    if catalogue.kind(kind).needs_base_url:
        fields["base_url"] = "https://op.example"
    if kind == "microsoft":
        fields["extra"] = {"tenant": TENANT}
    if kind == "apple":
        fields |= {"extra": APPLE_EXTRA, "client_secret": ""}
    found = subject(add_provider(kind, kind, **fields))
    found.server = AuthorizationServer("https://token.example/authorize", TOKEN)
    return found


def publish(**members: Any) -> None:
    """Answer discovery; a member that is None is left out."""
    document = {name: value for name, value in (DOCUMENT | members).items() if value is not None}
    responses.get(DISCOVERY, json=document)


def outcomes(findings: Any) -> list[Outcome]:
    return [finding.outcome for finding in findings]


def of(report: Report, check: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.check == check]
