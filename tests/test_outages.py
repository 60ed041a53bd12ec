"""The database, Redis and a provider gone in turn: what docs/outages.md says is so."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import responses
from django.http import HttpResponse
from django.test import Client

from providers import discovery
from sessions import revocation
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token
from sessions.signing_keys import keyring
from tests.fakes import FakeIssuer, add_provider, begin, hold, session_token
from tests.pages import ROOT, table
from tests.sessions.outage import cache_gone, database_gone

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"


@contextmanager
def provider_gone() -> Iterator[None]:
    """Refuse every connection to the outside, and know nothing from before."""
    discovery.forget()
    with responses.mock:
        yield


GONE: list[Callable[[], AbstractContextManager[None]]] = [cache_gone, database_gone, provider_gone]
ROWS = table((ROOT / "docs" / "outages.md").read_text(), "request")
CELLS = [
    (row[0].strip("`"), gone, said)
    for row in ROWS
    for gone, said in zip(GONE, row[1:], strict=True)
]


@pytest.fixture
def root(client: Client) -> Client:
    """An admin who came through the provider, at a process that has answered before."""
    add_provider("demo")
    user = User.objects.create_superuser("root", PASSWORD, email="root@example.com", name="Root")
    hold(client, session_token(user, provider="demo"))
    client.raise_request_exception = False
    revocation.read()
    keyring.loaded()
    return client


@pytest.fixture
def parameters(root: Client) -> dict[str, dict[str, Any]]:
    """What each address needs to be asked a good question."""
    with responses.mock:
        FakeIssuer(responses.mock).publish()
        state = begin(root)["state"]
    return {
        "/sign-in/demo/callback/": {"code": "the-code", "state": state},
        "/api/session/refresh": {"refresh_token": issue_refresh_token(Session.objects.get())},
        "/admin/login/": {"username": "root", "password": PASSWORD},
    }


@pytest.mark.parametrize(
    ("question", "gone", "said"), CELLS, ids=[f"{cell[0]}, {cell[1].__name__}" for cell in CELLS]
)
def test_the_page_says_what_works(
    root: Client,
    parameters: dict[str, dict[str, Any]],
    question: str,
    gone: Callable[[], AbstractContextManager[None]],
    said: str,
) -> None:
    method, _, path = question.partition(" ")
    encoding = {"content_type": "application/json"} if path.startswith("/api/") else {}
    with gone():
        answer = getattr(root, method.lower())(path, parameters.get(path, {}), **encoding)
    assert outcome(answer) == said


def outcome(answer: HttpResponse) -> str:
    if "/sign-in/failed/" in answer.get("Location", ""):
        return "told why"
    return "works" if answer.status_code < 400 else str(answer.status_code)


def test_database_cache_and_provider_down_in_turn_are_found_again_without_a_restart(
    root: Client, parameters: dict[str, dict[str, Any]]
) -> None:
    for gone in GONE:
        with gone():
            root.get("/sign-in/demo/callback/", parameters["/sign-in/demo/callback/"])
    assert {root.get(path).status_code for path in ("/readyz", "/account/", "/admin/")} == {200}
