"""What an admin sends with an old sign-in goes on by itself after a new one, in the same tab."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo, complaints_of, run_beside
from tests.browser.visitor import choose, heading

pytestmark = pytest.mark.browser
OLD = """
from sessions.models import User
from tests.fakes import session_token
print(session_token(User.objects.get(is_staff=True), provider="github", age=360))
"""
SECRET = """
from providers.models import Provider
print(Provider.objects.get(slug="github").client_secret)
"""


@pytest.fixture
def admin(chromium: Browser, demo: Demo) -> Iterator[Page]:
    """The browser of the demo's admin, six minutes after the sign-in."""
    demo.simulator.clear_faults()
    context = chromium.new_context(base_url=demo.url)
    context.set_default_timeout(10_000)  # milliseconds
    page = context.new_page()
    page.goto("/sign-in/?next=/admin/")
    sign_in(page)
    old = run_beside(demo, OLD).split()[-1]
    context.add_cookies([{"name": "session", "value": old, "url": demo.url}])
    yield page
    context.close()


def sign_in(page: Page) -> None:
    page.get_by_role("button", name=re.compile("GitHub")).click()
    choose(page, "ada")


def test_a_new_secret_is_saved_after_one_click(admin: Page, demo: Demo) -> None:
    complaints, before = complaints_of(admin), run_beside(demo, SECRET)
    admin.goto("/admin/providers/provider/")
    admin.locator("#result_list a", has_text="GitHub").click()
    expect(admin.locator(".messagelist .info")).to_have_text(
        "Saving will ask you to sign in again."
    )
    form = admin.url
    admin.locator("#id_client_secret").fill("a newer secret")
    admin.get_by_role("button", name="Save", exact=True).click()
    assert heading(admin) == "Sign in again"
    expect(admin.get_by_role("link", name="Do not send it")).to_have_attribute(
        "href", form.removeprefix(demo.url)
    )
    assert run_beside(demo, SECRET) == before

    sign_in(admin)

    expect(admin.locator(".messagelist .success")).to_contain_text("GitHub")
    assert admin.url == form
    assert run_beside(demo, SECRET) == "a newer secret\n"
    assert len(admin.context.pages) == 1
    assert complaints == []
    admin.locator("#id_client_secret").fill(before.strip())  # as the other tests need it
    admin.get_by_role("button", name="Save", exact=True).click()
    assert run_beside(demo, SECRET) == before


def test_a_token_is_made_after_one_click(admin: Page) -> None:
    admin.goto("/account/tokens/")
    admin.locator("#name").fill("backup on my laptop")
    admin.get_by_role("button", name="Create token").click()
    sign_in(admin)
    expect(admin.get_by_role("heading", name="Tokens of backup on my laptop")).to_be_visible()
    admin.reload()
    expect(admin.get_by_role("heading", name="Tokens of backup on my laptop")).to_have_count(0)
