"""Rules as an admin saves them, and visits to GitHub under them."""

from typing import Any

import responses
from django.test import Client

from access_rules.models import AccessRule
from providers.models import Provider
from tests.fakes import FakeGitHub, begin, come_back

ORGS = "https://api.github.com/user/orgs"
TEAMS = "https://api.github.com/user/teams"


def add_rule(provider: Provider | None, kind: str, value: str, groups: str = "") -> None:
    rule = AccessRule(provider=provider, kind=kind, value=value, groups=groups)
    rule.full_clean()
    rule.save()


def visit(client: Client, **fake: Any) -> Any:
    """Sign in through GitHub, up to the answer of the callback."""
    FakeGitHub(responses.mock, **fake).vouch()
    return come_back(client, "github", code="c", state=begin(client, "github")["state"])
