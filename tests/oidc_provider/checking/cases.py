"""What the tests of the check share."""

import json
from collections.abc import Iterable
from typing import Any

import responses
from django.test import Client

from oauth_client.doctor.findings import Finding, Outcome
from oidc_provider.checking.subject import Checked, Use
from oidc_provider.models import App
from tests.conftest import BASE_URL, HOST
from tests.oauth_client.doctor.cases import NOW, nowhere

OK, PROBLEM = Outcome.OK, Outcome.PROBLEM
WARNING, UNKNOWN = Outcome.WARNING, Outcome.UNKNOWN
DISCOVERY = f"{BASE_URL}/.well-known/openid-configuration"
USERINFO, JWKS = f"{BASE_URL}/oauth/userinfo", f"{BASE_URL}/.well-known/jwks.json"


def checked(app: App, **fields: Any) -> Checked:
    """Return an app to be checked, with what the database says of it."""
    for name, value in fields.items():
        setattr(app, name, value)
    return Checked(app, Use.of(app), resolve=nowhere, now=lambda: NOW)


def outcomes(findings: Iterable[Finding]) -> list[Outcome]:
    return [finding.outcome for finding in findings]


def publish(**members: Any) -> None:
    """Answer at our own address as we do; `members` of the discovery document are replaced."""
    own = Client(headers={"host": HOST})
    document = json.loads(own.get("/.well-known/openid-configuration").content) | members
    responses.get(DISCOVERY, json=document)
    responses.get(JWKS, body=own.get("/.well-known/jwks.json").content)
    responses.get(USERINFO, status=401, headers={"WWW-Authenticate": "Bearer"})
