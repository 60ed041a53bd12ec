"""People and their accounts in a real browser, without scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Demo, complaints_of
from tests.browser.visitor import choose, heading, other_browser, press, sign_in, sub

pytestmark = pytest.mark.browser
DEMO = "Demo OpenID Provider"


@pytest.fixture
def admin(chromium: Browser, demo: Demo) -> Iterator[Page]:
    """The browser of the demo's admin."""
    context = chromium.new_context(base_url=demo.url)
    context.set_default_timeout(10_000)  # milliseconds
    page = context.new_page()
    sign_in(page, DEMO, "ada", "/admin/signet_sessions/user/")
    yield page
    context.close()


def person_page(admin: Page, person: str) -> None:
    admin.goto(f"/admin/signet_sessions/user/{person}/change/")


def test_connects_and_disconnects_without_an_alarm_here(page: Page, demo: Demo) -> None:
    complaints = complaints_of(page)
    sign_in(page, "GitHub", "una")
    press(page, DEMO, "Connect")
    choose(page, "una")
    expect(page.locator(".notice")).to_contain_text("is connected. You can sign in with it")

    page.get_by_role("link", name=f"Disconnect {DEMO}").click()
    assert heading(page) == f"Disconnect {DEMO}?"
    page.get_by_role("link", name="Keep it").click()
    page.get_by_role("link", name=f"Disconnect {DEMO}").click()
    page.get_by_role("button", name=f"Disconnect {DEMO}").click()

    assert heading(page) == "You are signed out"
    expect(page.locator(".notice")).to_contain_text("may still list this site")
    sign_in(page, "GitHub", "una")
    expect(page.locator(".notice")).to_have_count(0)
    assert complaints == []


def test_who_has_lost_an_account_gets_a_new_one_by_an_admins_link(
    page: Page, admin: Page, context: BrowserContext, demo: Demo
) -> None:
    lost = other_browser(context, demo)
    sign_in(lost, "GitHub", "nora")
    person = sub(lost)
    lost.wait_for_timeout(2100)  # milliseconds; an account of a person's first moments is no news

    person_page(admin, person)
    admin.get_by_role("link", name="Connect another account for this person").click()
    admin.get_by_role("button", name="Create link").click()
    link = admin.locator(".messagelist code").inner_text()
    assert re.fullmatch(rf"{demo.url}/connect/[\w-]{{43}}/", link)

    page.goto(link)
    expect(page).to_have_url(f"{demo.url}/connect/")
    press(page, "Google", "Connect")
    choose(page, "nora")
    expect(page.locator(".notice")).to_contain_text("Google")
    assert sub(page) == person
    lost.goto("/account/")
    assert heading(lost) == "Sign in"
    lost.goto(link)
    assert heading(lost) == "This link does not work any more"
    lost.context.close()


def test_who_is_two_people_here_becomes_one(
    page: Page, context: BrowserContext, demo: Demo
) -> None:
    second = other_browser(context, demo)
    sign_in(second, "Google", "una")
    sign_in(page, "GitHub", "una")
    person = sub(page)
    press(page, "Google", "Connect")
    choose(page, "una")
    page.get_by_role("link", name="Merge the two").click()
    press(page, "Google", "Sign in to it with")
    choose(page, "una")
    assert heading(page).startswith("Merge ")
    page.get_by_label("I know that this can't be undone.").check()
    page.get_by_role("button", name="Merge the two").click()
    expect(page.locator(".notice").first).to_contain_text("Your two accounts are one now")
    second.goto("/account/")
    sign_in(second, "Google", "una")
    assert sub(second) == person
    second.context.close()
