"""Tokens and commands are copied by a button; without it, one click selects the whole text."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Demo
from tests.browser.visitor import choose, press

pytestmark = pytest.mark.browser
TOKEN = ".tokens dd >> nth=0 >> code"
SELECTED = "getSelection().toString().trim()"


@pytest.fixture(params=[True], ids=["with scripts"])
def visitor(
    chromium: Browser, demo: Demo, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """A browser that lets no page copy, unless a test allows it."""
    context = chromium.new_context(base_url=demo.url, java_script_enabled=request.param)
    context.set_default_timeout(10_000)  # milliseconds
    yield context
    context.close()


def page_with_tokens(context: BrowserContext) -> Page:
    page = context.new_page()
    page.goto("/sign-in/?next=/account/tokens/")
    press(page, "GitHub")
    choose(page, "alice")
    page.locator("[name=name]").fill("backup")
    page.get_by_role("button", name="Create token").click()
    return page


def test_a_button_copies_a_token_and_says_so(visitor: BrowserContext) -> None:
    visitor.grant_permissions(["clipboard-read", "clipboard-write"])
    page = page_with_tokens(visitor)
    button = page.get_by_role("button", name="Copy access_token")
    button.click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text(TOKEN)
    expect(page.get_by_role("status")).to_have_text("")
    expect(button).to_have_text("Copy")


def test_where_the_browser_refuses_the_text_is_selected(visitor: BrowserContext) -> None:
    page = page_with_tokens(visitor)
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new DOMException()))")
    page.get_by_role("button", name="Copy access_token").click()
    expect(page.get_by_role("status")).to_contain_text("The text is selected")
    assert page.evaluate(SELECTED) == page.inner_text(TOKEN)


def test_there_is_no_button_where_pages_cannot_copy(visitor: BrowserContext) -> None:
    """Such as on an address that is not secure."""
    visitor.add_init_script("delete Navigator.prototype.clipboard")
    page = page_with_tokens(visitor)
    assert page.locator(".copy").count() == 0


def test_one_click_selects_all_of_it(visitor: BrowserContext) -> None:
    page = page_with_tokens(visitor)
    page.locator(TOKEN).click()
    assert page.evaluate(SELECTED) == page.inner_text(TOKEN)


@pytest.mark.parametrize("visitor", [False], indirect=True, ids=["without scripts"])
def test_without_scripts_a_click_selects_too(visitor: BrowserContext) -> None:
    page = page_with_tokens(visitor)
    assert page.locator(".copy").count() == 0
    assert page.locator(TOKEN).evaluate("text => getComputedStyle(text).userSelect") == "all"
