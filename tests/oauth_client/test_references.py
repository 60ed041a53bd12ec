"""Every reference that a visitor is shown, an admin can look up."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import responses
from django.db import DatabaseError, connection
from django.test import Client

from attempts.models import SignInAttempt
from attempts.recording import FAILURES
from providers.models import Provider
from sessions.models import User
from tests.conftest import HOST
from tests.fakes import add_provider, begin, come_back, hold, session_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo() -> Provider:
    return add_provider("github", "github", name="GitHub")


@pytest.fixture
def admin(alice: User) -> Client:
    User.objects.update(is_staff=True, is_superuser=True)
    browser = Client(headers={"host": HOST})
    hold(browser, session_token(alice))
    return browser


def shown(client: Client, answer: Any) -> str:
    """Return the reference on the page where the visitor ends."""
    page = client.get(answer["Location"]).content.decode()
    found = re.search(r"<code>([0-9A-Z-]+)</code>", page)
    assert found
    assert found[1] in answer["Location"]
    return found[1]


def looked_up(admin: Client, reference: str) -> str:
    page = admin.get("/admin/attempts/signinattempt/", {"q": f" {reference.lower()} "})
    return " ".join(page.content.decode().split())


def words_of(client: Client, address: str) -> str:
    return re.sub("<[^>]+>", "", client.get(address).content.decode())


def lost_cookies(client: Client) -> Any:
    state = begin(client, "github")["state"]
    client.cookies.clear()
    return come_back(client, "github", code="c", state=state)


def foreign_state(client: Client) -> Any:
    state = begin(Client(headers={"host": HOST}), "github")["state"]
    client.cookies["another"] = "x"
    return come_back(client, "github", code="c", state=state)


def missing_state(client: Client) -> Any:
    client.cookies["another"] = "x"
    return come_back(client, "github", code="c")


def repeated(client: Client) -> Any:
    state = begin(client, "github")["state"]
    kept = client.cookies[f"signin-{state[:8]}"].value
    come_back(client, "github", error="access_denied", state=state)
    client.cookies[f"signin-{state[:8]}"] = kept
    return come_back(client, "github", error="access_denied", state=state)


def too_many(client: Client) -> Any:
    for _ in range(FAILURES.limit):
        come_back(client, "github", error="access_denied", state=begin(client, "github")["state"])
    SignInAttempt.objects.all().delete()
    return come_back(
        client, "github", error="access_denied", state=begin(client, "github")["state"]
    )


WAYS = {
    "lost cookies": (lost_cookies, "Cookies blocked"),
    "a foreign state": (foreign_state, "Sign-in unknown to this browser"),
    "no state": (missing_state, "State missing"),
    "a repeated callback": (repeated, "Page opened twice"),
    "thirty failures of an address": (too_many, "Cancelled"),
}


@responses.activate
@pytest.mark.parametrize(("fail", "diagnosis"), WAYS.values(), ids=WAYS)
def test_a_reference_without_a_row_is_answered_with_its_diagnosis(
    client: Client, demo: Provider, admin: Client, fail: Callable[[Client], Any], diagnosis: str
) -> None:
    reference = shown(client, fail(client))
    page = looked_up(admin, reference)
    assert f'<h2 id="advice-title">{diagnosis}</h2>' in page
    assert f"<code>{reference}</code> · <a" in page


@responses.activate
def test_the_visitor_reads_the_same_without_cookies(client: Client, demo: Provider) -> None:
    answer = foreign_state(client)
    assert "Please start again" in words_of(client, answer["Location"])
    before = words_of(client, answer["Location"])
    client.cookies.clear()
    assert words_of(client, answer["Location"]) == before


@responses.activate
def test_a_failure_with_a_row_is_still_told_when_the_cookie_is_gone(
    client: Client, demo: Provider, admin: Client
) -> None:
    state = begin(client, "github")["state"]
    answer = come_back(client, "github", error="access_denied", state=state)
    reference = shown(client, answer)
    assert answer.cookies["failed-signin"]["max-age"] == 3600
    client.cookies.clear()
    page = client.get(answer["Location"]).content.decode()
    assert "Sign-in cancelled" in page
    assert "Failed: cancelled" in looked_up(admin, reference)
    assert "advice-title" not in looked_up(admin, reference)


@responses.activate
def test_a_row_that_cannot_be_written_leaves_a_reference_that_says_why(
    client: Client, demo: Provider, admin: Client
) -> None:
    def refuse(run: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "attempts_signinattempt"'):
            raise DatabaseError
        return run(sql, *rest)

    state = begin(client, "github")["state"]
    with connection.execute_wrapper(refuse):
        answer = come_back(client, "github", error="access_denied", state=state)
    assert '<h2 id="advice-title">Cancelled</h2>' in looked_up(admin, shown(client, answer))


@pytest.mark.parametrize("reference", ["AAAA-AAAA", "AAAA-AAAA-AAAA"])
def test_a_reference_that_nobody_gave_is_not_shown(client: Client, reference: str) -> None:
    page = client.get(f"/sign-in/failed/{reference}/").content.decode()
    assert reference not in page
    assert "Please start again" in page


@pytest.mark.parametrize("reference", ["AAAA-AAAA", "AAAA-AAAA-AAAA"])
def test_the_admin_is_told_that_there_is_none(admin: Client, reference: str) -> None:
    page = looked_up(admin, reference)
    words = f"No sign-in has the reference <code>{reference}</code>. Check it for typing errors."
    assert words in page


def test_another_search_has_no_such_answer(admin: Client) -> None:
    assert "No sign-in has the reference" not in looked_up(admin, "somebody@example.com")


@responses.activate
def test_a_provider_that_is_gone_leaves_the_diagnosis(
    client: Client, demo: Provider, admin: Client
) -> None:
    reference = shown(client, missing_state(client))
    demo.delete()
    page = looked_up(admin, reference)
    assert '<h2 id="advice-title">State missing</h2>' in page
    assert f"<code>{reference}</code> · <time" in page
