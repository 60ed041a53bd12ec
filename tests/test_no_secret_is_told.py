"""Nothing that could sign anybody in is in a log, on a page, or in a column.

What is encrypted in a column is not that any more.

A whole round is made: sign-ins, failures, a connection, a dry run, a check, and every page of the
admin. All that was secret in it is then looked for in all that it left.
"""

import logging
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from attempts import counting, recording
from audit.recording import write
from outgoing.session import ProviderSession
from providers.models import Provider
from sessions import confirmations
from sessions.models import User
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
SECRET_MEMBERS = ("access_token", "id_token", "refresh_token", "code", "code_verifier")
LISTS = (
    *(
        "signet_sessions_user",
        "signet_sessions_session",
        "signet_sessions_signingkey",
        "audit_auditevent",
    ),
    *("providers_provider", "attempts_signinattempt", "access_rules_accessrule"),
)


class Round:
    """Browsers, what was secret in what they did, and every page that they were shown."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.secrets: set[str] = set()
        self.pages: list[str] = []

    def overhear(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        """Note what a request of ours and its answer hold."""
        body = request.body if isinstance(request.body, str) else ""
        members = dict(parse_qsl(body))
        if response.headers.get("Content-Type", "").startswith("application/json"):
            told = response.json()
            members |= told if isinstance(told, dict) else {}
        self.secrets |= {str(members[name]) for name in SECRET_MEMBERS if members.get(name)}
        self.secrets.add(request.headers.get("Authorization", "").partition(" ")[2])

    def see(self, browser: Client, path: str) -> str:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        page = b"".join(answer) if answer.streaming else answer.content
        self.pages.append(page.decode())
        return self.pages[-1]

    def finish(self, browser: Client, began: Any, person: str, decision: str = "allow") -> str:
        """Go to the provider and come back; what the address and the cookies hold is secret."""
        self.secrets |= {value.value for value in browser.cookies.values() if value.value}
        asked = dict(parse_qsl(urlsplit(began["Location"]).query))
        back = self.stage.simulator.choose(began["Location"], person, decision) or ""
        query = dict(parse_qsl(urlsplit(back).query))
        self.secrets |= {value for name, value in query.items() if name in ("code", "state")}
        self.secrets |= {asked["state"], asked.get("nonce", "")}
        answer = browser.get(urlsplit(back).path, query)
        self.secrets |= {value.value for value in browser.cookies.values() if value.value}
        return str(answer["Location"])


@pytest.fixture
def world(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Round:
    made = Round(stage)
    answer = ProviderSession._answer

    def overheard(self: ProviderSession, request: Any, *rest: Any) -> requests.Response:
        response = answer(self, request, *rest)
        made.overhear(request, response)
        return response

    monkeypatch.setattr(ProviderSession, "_answer", overheard)
    made.secrets |= {provider.client_secret for provider in Provider.objects.all()}
    return made


def go_round(world: Round) -> None:
    visitor, admin = Client(headers={"host": HOST}), Client(headers={"host": HOST})
    for slug, person in (("github", "alice"), ("google", "bob"), ("demo", "mallory")):
        world.finish(visitor, visitor.post(f"/sign-in/{slug}/"), person)
        for path in ("/account/", "/account/sessions/", "/account/connections/"):
            world.see(visitor, path)
    world.finish(visitor, visitor.post("/account/connections/", {"connect": "github"}), "bob")
    for fault in ("wrong_secret", "expired_code", "bad_signature"):
        world.stage.simulator.arm(fault, "demo")
        world.see(visitor, world.finish(visitor, visitor.post("/sign-in/demo/"), "alice"))
    world.see(visitor, world.finish(visitor, visitor.post("/sign-in/demo/"), "alice", "deny"))
    User.objects.filter(pk=User.objects.earliest("date_joined").pk).update(
        is_staff=True, is_superuser=True
    )
    hold(admin, session_token(User.objects.earliest("date_joined")))
    go_round_the_admin(world, admin)


def go_round_the_admin(world: Round, admin: Client) -> None:
    provider = Provider.objects.get(slug="demo")
    tried = admin.post(reverse("admin:providers_provider_try", args=[provider.pk]))
    world.see(admin, world.finish(admin, tried, "alice"))
    checked = admin.post(reverse("admin:providers_provider_check", args=[provider.pk]))
    world.pages.append(checked.content.decode())
    for task in (write, counting.write, recording.write, confirmations.write):
        task()
    for name in LISTS:
        page = world.see(admin, reverse(f"admin:{name}_changelist"))
        for path in set(re.findall(r'href="(/admin/[^"?]+/change/)', page)):
            world.see(admin, path)
    world.see(admin, "/admin/")


def columns() -> list[str]:
    """Return every value of every table, as text."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            found += [str(value) for row in cursor.fetchall() for value in row]
    return found


def test_no_secret_of_a_whole_round_is_in_a_log_on_a_page_or_in_a_column(
    world: Round, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    go_round(world)
    secrets = {secret for secret in world.secrets if len(secret) > 8}
    assert len(secrets) > 40
    assert len(world.pages) > 30
    left = {"log": caplog.text, "page": "\n".join(world.pages), "column": "\n".join(columns())}
    told = [
        (where, secret[:4]) for where, text in left.items() for secret in secrets if secret in text
    ]
    assert told == []
