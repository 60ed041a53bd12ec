"""An admin decides who may sign in, and reads why sign-ins fail."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo, complaints_of
from tests.browser.visitor import press

pytestmark = pytest.mark.browser


@pytest.fixture
def admin(chromium: Browser, demo: Demo) -> Iterator[Page]:
    """The browser of the demo's admin, who came through GitHub."""
    demo.simulator.clear_faults()
    context = chromium.new_context(base_url=demo.url)
    context.set_default_timeout(10_000)  # milliseconds
    page = context.new_page()
    page.goto("/sign-in/?next=/admin/")
    press(page, "GitHub")
    allow(page)
    expect(page).to_have_url(f"{demo.url}/admin/")
    yield page
    context.close()


def allow(page: Page) -> None:
    page.locator("input[name=person][value=ada]").check()
    page.locator("button[name=decision][value=allow]").click()


def save_secret(page: Page, secret: str) -> None:
    page.locator("#id_client_secret").fill(secret)
    page.get_by_role("button", name="Save", exact=True).click()


def test_the_first_rule_about_an_organisation_takes_one_save(admin: Page, demo: Demo) -> None:
    complaints = complaints_of(admin)
    admin.get_by_role("link", name="People in our organisation").click()
    admin.get_by_label("GitHub organisation").fill("acme")
    admin.get_by_role("button", name="Save").click()
    allow(admin)  # GitHub is asked about the admin's own organisations
    expect(admin).to_have_url(f"{demo.url}/admin/")
    expect(admin.locator(".messagelist .success")).to_contain_text("Saved who may sign in")
    expect(admin.get_by_text("Anyone with an account at Google can sign in.")).to_be_visible()
    assert complaints == []

    admin.goto("/admin/providers/provider/")
    admin.locator("#result_list a", has_text="GitHub").click()
    assert admin.locator("#id_access_rules-0-value").input_value() == "acme"
    admin.locator("#id_who_may_sign_in").select_option("anyone")  # as the other tests need it
    admin.locator("#id_access_rules-0-DELETE").check()
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".messagelist .success")).to_contain_text("GitHub")


def test_what_the_check_finds_is_on_the_page_and_on_the_list(admin: Page, demo: Demo) -> None:
    admin.goto("/admin/providers/provider/")
    admin.locator("#result_list a", has_text="GitHub").click()
    save_secret(admin, "wrong")
    expect(admin.locator(".found .problem .mark").first).to_have_text("Problem")
    admin.goto("/admin/")
    expect(admin.get_by_text("Sign-in with GitHub does not work.")).to_be_visible()
    admin.get_by_role("link", name="Fix provider").click()
    save_secret(admin, demo.simulator.providers()["github"]["client_secret"])
    expect(admin.locator(".found .problem")).to_have_count(0)
    admin.goto("/admin/")
    expect(admin.get_by_text("Sign-in with GitHub does not work.")).to_have_count(0)
