"""Apps that need a real browser: one that lives in it, and two that people really use."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, chromium_path
from tests.browser.visitor import choose
from tests.judges.apps.judge import Judge
from tests.judges.apps.running import in_browser
from tests.judges.apps.signet import Registration, Signet
from tests.judges.apps.test_apps import ALICE

pytestmark = [pytest.mark.browser, pytest.mark.judges]
SPA = Judge("oidc-client-ts", in_browser, "public")
spa = pytest.mark.parametrize("app", [SPA], ids=["oidc-client-ts"], indirect=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    context.set_default_timeout(15_000)  # milliseconds
    yield context.new_page()
    context.close()


def sign_in(page: Page, person: str) -> None:
    """Sign in at our site, which the app has sent the browser to."""
    page.get_by_role("button", name="Sign in with").click()
    choose(page, person)


def reports(page: Page) -> Any:
    expect(page.locator("pre")).not_to_be_empty()
    found = json.loads(page.locator("pre").inner_text())
    page.locator("pre").evaluate("pre => { pre.textContent = '' }")
    return found


@spa
def test_an_app_in_the_browser_signs_in_refreshes_and_signs_out(
    app: Registration, signet: Signet, page: Page
) -> None:
    page.goto(app.app)
    page.get_by_role("button", name="Sign in").click()
    sign_in(page, "alice")
    assert_is_alice(reports(page))
    for _ in range(2):
        before = signet.redeemed(app)
        page.get_by_role("button", name="Refresh").click()
        assert_is_alice(reports(page))
        assert signet.redeemed(app) == before + 1
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{app.app}/bye")
    assert page.request.get(f"{signet.issuer}/api/session").status == 401


@spa
def test_an_app_in_the_browser_reads_that_access_is_denied(app: Registration, page: Page) -> None:
    page.goto(app.app)
    page.get_by_role("button", name="Sign in").click()
    sign_in(page, "bob")
    page.get_by_role("link", name="Back to").click()
    assert reports(page) == {"error": "access_denied"}


def assert_is_alice(reports: list[dict[str, Any]]) -> None:
    for claims in reports:
        assert claims.items() >= ALICE.items()
