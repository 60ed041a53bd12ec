"""Who presses the wrong button can use both providers three clicks later, without scripts."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Demo, complaints_of
from tests.browser.visitor import choose, heading, other_browser, press, sign_in, sub

pytestmark = pytest.mark.browser
WAYS = "/account/connections/"


def visits_of(page: Page, demo: Demo) -> list[str]:
    """Return a list that fills with the provider pages that this browser is sent to."""
    visits: list[str] = []

    def note(request: Request) -> None:
        is_visit = request.is_navigation_request() and request.method == "GET"
        if is_visit and not request.url.startswith(demo.url):
            visits.append(urlsplit(request.url).path.split("/")[1])

    page.on("request", note)
    return visits


def come_by_google(page: Page) -> None:
    """Alice, whom another browser has made known through GitHub, presses Google: one click."""
    page.goto("/sign-in/")
    press(page, "Google")
    choose(page, "alice")
    assert "/sign-in/failed/" in page.url


def test_three_clicks_connect_the_provider_that_was_pressed_by_mistake(
    page: Page, demo: Demo
) -> None:
    before = other_browser(page.context, demo)
    sign_in(before, "GitHub", "alice")
    person = sub(before)
    complaints, visits = complaints_of(page), visits_of(page, demo)

    come_by_google(page)
    press(page, "GitHub", "Continue with")  # the second click
    choose(page, "alice")
    assert heading(page) == "Connect Google as well?"
    expect(page.locator(".proven")).to_contain_text("alice@example.com")
    page.get_by_role("button", name="Connect Google").click()  # the third

    expect(page).to_have_url(f"{demo.url}{WAYS}")
    expect(page.locator(".notice")).to_contain_text("Google")
    assert page.get_by_role("link", name="Disconnect").count() == 2
    assert sub(page) == person
    assert [name for name in visits if name == "google"] == ["google"]
    assert complaints == []

    page.get_by_role("link", name="Disconnect Google").click()
    page.get_by_role("button", name="Disconnect Google").click()
    before.context.close()


def test_not_now_leaves_everything_as_it_was(page: Page, demo: Demo) -> None:
    before = other_browser(page.context, demo)
    sign_in(before, "GitHub", "alice")
    come_by_google(page)
    press(page, "GitHub", "Continue with")
    choose(page, "alice")
    page.get_by_role("button", name="Not now").click()
    expect(page).to_have_url(f"{demo.url}/apps/")
    page.goto(f"{WAYS}proven/")
    expect(page).to_have_url(f"{demo.url}{WAYS}")
    expect(page.locator(".notice").first).to_contain_text("This offer has expired")
    assert page.get_by_role("link", name="Disconnect").count() == 0
    before.context.close()


def test_after_the_wrong_account_the_provider_offers_others(page: Page, demo: Demo) -> None:
    before = other_browser(page.context, demo)
    sign_in(before, "GitHub", "alice")
    come_by_google(page)
    page.get_by_role("button", name="Use another Google account").click()
    assert "prompt=select_account" in page.url
    choose(page, "bob")
    expect(page).to_have_url(f"{demo.url}/apps/")
    before.context.close()
