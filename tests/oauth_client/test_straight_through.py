"""A site with one provider may send the visitor there without asking."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from attempts import counting
from attempts.models import SignInCount
from oauth_client import pages
from providers.models import Provider
from sessions.models import User
from tests.conftest import HOST
from tests.fakes import add_provider, come_back, hold, session_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def github(db: None, settings: Settings) -> Provider:
    """Be a site with one provider, which goes straight through."""
    settings.STRAIGHT_THROUGH = True
    add_provider("gone", name="Gone", enabled=False)
    return add_provider("github", "github", name="GitHub")


def where(browser: Client, path: str = "/sign-in/", **asked: Any) -> str:
    """Return the host that a visitor is sent to, "" where the page asks."""
    return urlsplit(browser.get(path, **asked).get("Location", "")).netloc


def test_the_visitor_is_sent_to_the_only_provider_at_once(client: Client) -> None:
    answer = client.get("/sign-in/", {"next": "/account/data/"})
    sent = parse_qs(urlsplit(answer["Location"]).query)
    assert answer.status_code == 303
    assert where(client) == "github.com"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert sent["state"][0][:8] in "".join(client.cookies)


def test_a_site_that_does_not_want_that_asks(client: Client, settings: Settings) -> None:
    settings.STRAIGHT_THROUGH = False
    assert where(client) == ""


def test_it_is_bound_to_the_browser_in_which_it_began(client: Client) -> None:
    url = client.get("/sign-in/")["Location"]
    state = parse_qs(urlsplit(url).query)["state"][0]
    other = Client(headers={"host": HOST})
    answer = come_back(other, "github", code="c", state=state)
    assert answer["Location"].startswith("/sign-in/failed/")
    assert "session" not in other.cookies


def two_providers(client: Client) -> None:
    add_provider("google", "google")


def no_provider(client: Client) -> None:
    Provider.objects.update(enabled=False)


def signed_out(client: Client) -> None:
    hold(client, session_token(User.objects.create(name="Alice")))
    client.post("/sign-out/")


def signed_out_by_a_script(client: Client) -> None:
    hold(client, session_token(User.objects.create(name="Alice")))
    headers = {"origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}
    assert client.delete("/api/session", headers=headers).status_code == 204


def failed(client: Client) -> None:
    state = parse_qs(urlsplit(client.get("/sign-in/")["Location"]).query)["state"][0]
    come_back(client, "github", error="access_denied", state=state)


@pytest.mark.parametrize(
    "happens", [two_providers, no_provider, signed_out, signed_out_by_a_script, failed]
)
def test_the_page_asks_after(client: Client, happens: Callable[[Client], None]) -> None:
    happens(client)
    assert where(client) == ""
    assert client.get("/sign-in/").status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"data": {"again": "1"}},
        {"data": {"next": "/admin/"}},
        {"data": {"next": "https://mallory.example/"}},
        {"path": "/sign-in/github/"},
        {"headers": {"sec-purpose": "prefetch;prerender"}},
        {"headers": {"purpose": "prefetch"}},
        {"headers": {"sec-fetch-dest": "image"}},
        {"headers": {"sec-fetch-dest": "iframe"}},
    ],
    ids=str,
)
def test_the_page_asks_for(client: Client, asked: dict[str, Any]) -> None:
    assert where(client, **asked) == ""


def test_only_get_leads_there(client: Client) -> None:
    assert client.head("/sign-in/").status_code == 200
    assert client.post("/sign-in/").status_code == 405


def test_a_page_that_a_person_opens_leads_there(client: Client) -> None:
    headers = {"sec-fetch-dest": "document", "sec-fetch-site": "cross-site"}
    assert where(client, headers=headers) == "github.com"


def test_the_way_to_the_admin_leads_there_if_there_is_no_password_form(
    client: Client, settings: Settings
) -> None:
    settings.ADMIN_PASSWORD_LOGIN = False
    assert where(client, data={"next": "/admin/"}) == "github.com"


def test_somebody_who_is_signed_in_goes_on_or_is_asked(client: Client, alice: User) -> None:
    hold(client, session_token(alice))
    assert client.get("/sign-in/")["Location"] == "/account/"
    assert client.get("/sign-in/", {"again": "1"}).status_code == 200


def test_a_start_without_a_button_is_counted_and_limited(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "STARTS", replace(pages.STARTS, limit=2))
    assert [where(client) for _ in range(3)] == ["github.com", "github.com", ""]
    assert client.post("/sign-in/github/").status_code == 429
    counting.write()
    begun = SignInCount.objects.get(provider="github", what=counting.BEGUN)
    assert begun.number == 2


def test_a_provider_that_cannot_be_asked_leads_to_the_page_of_the_failure(
    client: Client, github: Provider
) -> None:
    github.delete()
    add_provider("demo", base_url="http://127.0.0.1:1")  # nothing listens there
    answer = client.get("/sign-in/")
    assert answer["Location"].startswith("/sign-in/failed/")
    assert where(client) == ""
