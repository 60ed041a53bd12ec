"""Apps that need a real browser: one that lives in it, and two that people really use."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, chromium_path
from tests.browser.visitor import choose
from tests.judges.apps.judge import ALICE, Judge
from tests.judges.apps.running import apache, in_browser, jupyterhub, pgadmin
from tests.judges.apps.signet import Registration, Signet

pytestmark = [pytest.mark.browser, pytest.mark.judges]


def on(judge: Judge) -> pytest.MarkDecorator:
    """Run this app for the test."""
    return pytest.mark.parametrize("app", [judge], ids=[judge.id], indirect=True)


on_oidc_client_ts = on(Judge("oidc-client-ts", in_browser, "public"))
on_apache = on(Judge("apache-by-form", apache("OIDCResponseMode form_post"), "mod_auth_openidc"))
on_jupyterhub = on(Judge("jupyterhub", jupyterhub, "jupyterhub", ready="/hub/health"))
on_pgadmin = on(Judge("pgadmin", pgadmin, "pgadmin", ready="/login"))


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


@on_oidc_client_ts
def test_an_app_in_the_browser_signs_in_refreshes_and_signs_out(
    app: Registration, signet: Signet, page: Page
) -> None:
    page.goto(app.app)
    page.get_by_role("button", name="Sign in").click()
    sign_in(page, "alice")
    page.get_by_role("button", name="Allow").click()  # on this machine it could be any program
    assert_is_alice(reports(page))
    for _ in range(2):
        before = signet.redeemed(app)
        page.get_by_role("button", name="Refresh").click()
        assert_is_alice(reports(page))
        assert signet.redeemed(app) == before + 1
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{app.app}/bye")
    assert_is_signed_out(page, signet)


@on_oidc_client_ts
def test_an_app_in_the_browser_reads_that_access_is_denied(app: Registration, page: Page) -> None:
    page.goto(app.app)
    page.get_by_role("button", name="Sign in").click()
    sign_in(page, "bob")
    page.get_by_role("link", name="Back to").click()
    assert reports(page) == {"error": "access_denied"}


@on_apache
def test_an_app_that_wants_its_answer_by_a_form_gets_it(app: Registration, page: Page) -> None:
    page.goto(app.app)
    with (
        page.expect_response(f"{app.app}/redirect_uri") as callback,
        page.expect_response(f"{app.app}/") as answer,
    ):
        sign_in(page, "alice")
    assert callback.value.request.method == "POST"
    assert answer.value.headers["x-email"] == ALICE["email"]


@on_apache
def test_an_app_that_wants_its_answer_by_a_form_is_told_of_a_refusal_so(
    app: Registration, page: Page
) -> None:
    page.goto(app.app)
    sign_in(page, "bob")
    page.get_by_role("button", name="Back to").click()
    expect(page.get_by_text("access_denied")).to_be_visible()


@on_jupyterhub
def test_jupyterhub_set_up_by_our_snippet_works_at_the_first_try(
    app: Registration, signet: Signet, page: Page
) -> None:
    page.goto(f"{app.app}/hub/")
    page.get_by_role("button", name="Sign in with Signet").click()
    sign_in(page, "alice")
    expect(page).to_have_url(f"{app.app}/hub/home")
    expect(page.get_by_role("navigation")).to_contain_text("alice")
    page.locator("#logout").click()
    page.get_by_role("button", name="Sign out").click()  # it sends no ID token
    expect(page.get_by_role("button", name="Sign in with Signet")).to_be_visible()
    assert_is_signed_out(page, signet)


@on_jupyterhub
def test_jupyterhub_says_that_somebody_may_not_use_it(app: Registration, page: Page) -> None:
    page.goto(f"{app.app}/hub/")
    page.get_by_role("button", name="Sign in with Signet").click()
    sign_in(page, "bob")
    page.get_by_role("link", name="Back to").click()
    expect(page.locator("h1")).to_contain_text("This person may not use this app.")


@on_pgadmin
def test_pgadmin_set_up_by_our_snippet_works_at_the_first_try(
    app: Registration, signet: Signet, page: Page
) -> None:
    page.goto(f"{app.app}/login")
    page.get_by_role("button", name="Signet").click()
    sign_in(page, "alice")
    expect(page).to_have_url(f"{app.app}/browser/")
    page.get_by_text("alice").click()
    page.get_by_text("Logout").click()
    expect(page).to_have_url(f"{app.app}/login?next=/")
    assert_is_signed_out(page, signet)


@on_pgadmin
def test_pgadmin_says_that_somebody_may_not_use_it(app: Registration, page: Page) -> None:
    page.goto(f"{app.app}/login")
    page.get_by_role("button", name="Signet").click()
    sign_in(page, "bob")
    page.get_by_role("link", name="Back to").click()
    expect(page.get_by_text("access_denied")).to_be_visible()


def assert_is_alice(reports: list[dict[str, Any]]) -> None:
    for claims in reports:
        assert claims.items() >= ALICE.items()


def assert_is_signed_out(page: Page, signet: Signet) -> None:
    assert page.request.get(f"{signet.issuer}/api/session").status == 401
