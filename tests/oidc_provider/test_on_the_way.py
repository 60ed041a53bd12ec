"""Somebody on the way to an app reads its name before they sign in, in the language it asks for."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from oidc_provider.models import App
from tests.fakes import add_provider, hold
from tests.oidc_provider.party import RelyingParty

HEADING = "Sign in to continue to <bdi>{}</bdi>"


@pytest.fixture
def visitor(client: Client, grafana: App) -> RelyingParty:
    """Grafana, and the browser of somebody who is not signed in."""
    add_provider("github", "github", name="GitHub")
    return RelyingParty(client, grafana)


def page(party: RelyingParty, **changes: Any) -> str:
    """Return the sign-in page to which the app's request leads."""
    response = party.browser.get(party.authorize(**changes)["Location"])
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    "name", ["Grafana", "<script>alert(1)</script>", "50 % {{ off }} %(next)s"]
)
def test_the_sign_in_page_names_the_app(visitor: RelyingParty, name: str) -> None:
    App.objects.update(name=name)
    shown = page(visitor)
    assert HEADING.format(escape(name)) in shown
    assert f"<title> Sign in to continue to {escape(name)} " in shown
    assert 'class="app-mark"' in shown


def test_apps_of_one_kind_share_no_page(visitor: RelyingParty, phone: App) -> None:
    page(visitor)
    App.objects.filter(slug="phone").update(kind="grafana")
    assert HEADING.format("Phone app") in page(RelyingParty(visitor.browser, phone))


@pytest.mark.parametrize(
    "next_",
    [
        "/account/",
        "/oauth/authorize",
        "/oauth/authorize?",
        "/oauth/authorize?client_id=",
        "/oauth/authorize?client_id=unknown",
        "/oauth/authorize?client_id=gra%00fana",
        "/oauth/authorize?client_id=%ED%A0%80",
        "/oauth/authorize?client_id=grafana&client_id=grafana",
        "/oauth/authorize/decision?client_id=grafana",
        "/elsewhere/?client_id=grafana",
        "https://mallory.example/oauth/authorize?client_id=grafana",
    ],
)
def test_no_other_address_names_an_app(visitor: RelyingParty, next_: str) -> None:
    response = visitor.browser.get("/sign-in/", {"next": next_})
    assert b"continue to" not in response.content
    assert response.status_code == 200


def test_an_app_that_is_switched_off_is_not_named(visitor: RelyingParty) -> None:
    location = visitor.authorize()["Location"]
    App.objects.update(enabled=False)
    assert b"continue to" not in visitor.browser.get(location).content


@pytest.mark.parametrize(
    ("next_", "queries"), [("/account/", 1), ("/oauth/authorize?client_id=grafana", 2)]
)
def test_only_the_way_to_an_app_takes_one_more_query(
    visitor: RelyingParty,
    next_: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(queries):
        visitor.browser.get("/sign-in/", {"next": next_})


def test_somebody_who_signs_in_again_reads_it_too(party: RelyingParty) -> None:
    shown = page(party, prompt="login")
    assert HEADING.format("Grafana") in shown
    assert "Sign in again, or with another account." in shown


def test_the_page_of_a_failure_leads_on_to_the_app(visitor: RelyingParty) -> None:
    next_ = "/oauth/authorize?client_id=grafana&state=a b"
    response = visitor.browser.get("/sign-in/failed/ABCD-2345/", {"next": next_})
    shown = " ".join(response.content.decode().split())
    assert "you go on to <bdi>Grafana</bdi>" in shown
    assert f'href="/sign-in/?next={quote(quote(next_, safe="/?=&"), safe="")}"' in shown


# ui_locales


@pytest.mark.parametrize(
    ("ui_locales", "language"),
    [
        ("de", "de"),
        ("de-AT en", "de"),
        ("fr de", "de"),
        ("fr", "en"),
        ("en de", "en"),
        ("", "en"),
        ("\0 \ud800 " + "x" * 300 + " de", "de"),
        ("fr " * 50 + "de", "en"),
    ],
    ids=["one", "a region", "the first that we have", "none", "in order", "empty", "bad", "many"],
)
def test_pages_are_in_the_language_that_the_app_asks_for(
    visitor: RelyingParty, alices_token: str, ui_locales: str, language: str
) -> None:
    query = urlencode(visitor.query(ui_locales=ui_locales), errors="surrogatepass")
    address = f"/oauth/authorize?{query}"
    location = visitor.browser.get(address)["Location"]
    assert visitor.browser.get(location)["Content-Language"] == language
    App.objects.update(is_of_team=False)
    hold(visitor.browser, alices_token)
    assert visitor.browser.get(address)["Content-Language"] == language


def test_a_choice_by_the_menu_counts_for_more(visitor: RelyingParty) -> None:
    visitor.browser.cookies["language"] = "en"
    location = visitor.authorize(ui_locales="de")["Location"]
    assert visitor.browser.get(location)["Content-Language"] == "en"


def test_a_pushed_request_has_a_language_too(visitor: RelyingParty) -> None:
    request_uri = visitor.post("/oauth/par", **visitor.query(ui_locales="de")).json()["request_uri"]
    query = urlencode({"client_id": "grafana", "request_uri": request_uri})
    location = visitor.browser.get(f"/oauth/authorize?{query}")["Location"]
    assert visitor.browser.get(location)["Content-Language"] == "de"


def test_the_page_that_asks_whether_to_sign_out_is_in_that_language(party: RelyingParty) -> None:
    page = party.browser.get("/oauth/logout?client_id=grafana&ui_locales=fr+de")
    assert page["Content-Language"] == "de"


def test_other_pages_know_no_language_of_an_app(visitor: RelyingParty) -> None:
    response = visitor.browser.get("/how-it-works/?ui_locales=de")
    assert response["Content-Language"] == "en"
