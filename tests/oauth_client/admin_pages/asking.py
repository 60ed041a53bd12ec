"""An admin's form that waits while GitHub is asked about its admin."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses
from django.test import Client
from django.utils.html import escape

from tests.access_rules.visits import ORGS
from tests.fakes import FakeGitHub, come_back


def address(response: Any) -> str:
    """Return where a page leads by itself."""
    seconds, _, url = response["Refresh"].partition(";url=")
    assert (response.status_code, seconds) == (200, "0")
    assert f'href="{escape(url)}"' in response.content.decode()
    return str(url)


def parameters(response: Any) -> dict[str, str]:
    query = parse_qs(urlsplit(address(response)).query)
    return {name: values[0] for name, values in query.items()}


def answered(admin: Client, asked: Any, *organisations: str, **fake: Any) -> Any:
    """Let GitHub answer; returns the page on which the admin ends."""
    FakeGitHub(responses.mock, **fake).vouch()
    listed = [{"login": name, "id": 80 + n} for n, name in enumerate(organisations)]
    responses.get(ORGS, json=listed)
    back = come_back(admin, "github", code="c", state=parameters(asked)["state"])
    return admin.get(back["Location"], follow=True)
