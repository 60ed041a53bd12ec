"""A provider that was slow lately: the visitor sees a page at once, and the sign-in goes on."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client
from django.utils.html import escape

from attempts import counting
from providers.models import Provider
from tests.conftest import HOST
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
MINUTE = 60  # seconds


@pytest.fixture
def demo_was_slow(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "SLOW", -1)
    stage.sign_in(Client(headers={"host": HOST}), "demo", "bob")
    monkeypatch.undo()


def back(stage: Stage, browser: Client, slug: str = "demo") -> str:
    """Return the address to which the provider sends the visitor, without our host."""
    parts = urlsplit(stage.go(browser, slug, "alice"))
    return f"{parts.path}?{parts.query}"


def refresh_of(answer: Any) -> str:
    seconds, _, address = answer["Refresh"].partition("; url=")
    assert seconds == "0"
    return str(address)


def test_the_page_comes_at_once_and_the_sign_in_goes_on_by_itself(
    client: Client, stage: Stage, demo_was_slow: None
) -> None:
    address = back(stage, client)
    answer = client.get(address)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "is slow right now" in page
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "private, no-store"
    assert not answer.cookies
    then = refresh_of(answer)
    assert parse_qsl(urlsplit(then).query) == [
        *parse_qsl(urlsplit(address).query),
        ("waited", "1"),
    ]
    assert f'href="{escape(then)}"' in page  # for browsers that do not go on by themselves
    answer = client.get(then)
    assert (answer.status_code, answer["Location"]) == (303, "/account/")
    assert client.get("/api/session").status_code == 200


def test_it_is_not_shown_twice_and_a_failure_comes_as_ever(
    client: Client, demo_was_slow: None
) -> None:
    answer = client.get("/sign-in/demo/callback/?code=c&state=s&waited=1")
    assert answer.status_code == 303
    assert answer["Location"].startswith("/sign-in/failed/")


def test_a_hostile_answer_goes_on_as_it_came(client: Client, demo_was_slow: None) -> None:
    answer = client.get(
        "/sign-in/demo/callback/?code=a&code=b&state=%0d%0aX:y;url=//mallory.example"
    )
    then = refresh_of(answer)
    assert then.startswith("/sign-in/demo/callback/?code=a&code=b&state=%0D%0AX%3Ay%3Burl%3D")
    assert "X" not in answer.headers


def test_other_providers_do_not_wait(client: Client, stage: Stage, demo_was_slow: None) -> None:
    assert client.get(back(stage, client, "github")).status_code == 303


def test_one_that_is_fast_is_not_noted(client: Client, stage: Stage) -> None:
    stage.sign_in(client, "demo", "alice")
    assert not counting.slow_at


def test_it_is_forgotten_after_two_minutes(
    client: Client, stage: Stage, demo_was_slow: None
) -> None:
    counting.slow_at["demo"] -= 2 * MINUTE + 1
    assert client.get(back(stage, client)).status_code == 303


def test_a_sign_in_that_fails_slowly_counts(
    client: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "SLOW", -1)
    stage.sign_in(client, "demo", "alice", "deny")
    assert "Refresh" in client.get(back(stage, client))


def test_an_answer_by_post_is_forwarded_first(client: Client, demo_was_slow: None) -> None:
    Provider.objects.filter(slug="demo").update(kind="apple")
    form, kind = urlencode({"code": "c", "state": "s"}), "application/x-www-form-urlencoded"
    answer = client.post("/sign-in/demo/callback/", form, kind)
    assert answer.status_code == 303
    assert refresh_of(client.get(answer["Location"])).endswith("?code=c&state=s&waited=1")
