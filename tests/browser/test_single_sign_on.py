"""One sign-in for every app, and one sign-out, with one's own eyes."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Demo, complaints_of
from tests.browser.visitor import choose, heading, press, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def app(context: BrowserContext, page: Page, demo: Demo) -> Page:
    """The app in a second tab of the browser."""
    tab = context.new_page()
    tab.goto(demo.app_url)
    return tab


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def notice(page: Page) -> str:
    return page.get_by_role("status").inner_text()


def test_an_app_signs_people_in_through_a_provider_of_the_site(app: Page, demo: Demo) -> None:
    assert heading(app) == "You are not signed in"
    button(app, "Sign in")
    press(app, "GitHub")
    choose(app, "alice")
    expect(app).to_have_url(f"{demo.app_url}/")
    assert heading(app) == "Hello, Alice Archer"
    assert "alice@example.com" in app.inner_text(".person")
    assert app.locator(".groups li").inner_text() == "none"
    assert app.inner_text("dt:text-is('iss') + dd") == demo.url


def test_whoever_is_signed_in_at_the_site_is_in_with_one_click(
    page: Page, app: Page, demo: Demo
) -> None:
    sign_in(page, "Google", "bob")
    button(app, "Sign in")
    expect(app).to_have_url(f"{demo.app_url}/")
    assert heading(app) == "Hello, Bob Baker"


def test_a_sign_out_of_the_app_leaves_the_site_alone(page: Page, app: Page) -> None:
    sign_in(page, "GitHub", "alice", "/account/")
    button(app, "Sign in")
    button(app, "Sign out here")
    assert heading(app) == "You are not signed in"
    page.goto("/account/")
    assert heading(page) == "Welcome, Alice Archer"
    button(app, "Sign in")
    assert heading(app) == "Hello, Alice Archer"


def test_a_sign_out_everywhere_ends_both(page: Page, app: Page, demo: Demo) -> None:
    sign_in(page, "GitHub", "alice")
    button(app, "Sign in")
    button(app, "Sign out everywhere")
    expect(app).to_have_url(f"{demo.app_url}/")
    assert notice(app) == "You are signed out everywhere."
    assert heading(app) == "You are not signed in"
    page.goto("/account/")
    expect(page).to_have_url(f"{demo.url}/sign-in/?next=/account/")


def test_a_form_of_an_app_on_another_site_signs_out_too(page: Page, app: Page, demo: Demo) -> None:
    sign_in(page, "GitHub", "alice")
    address = f"{demo.app_url}/signed-out"
    app.set_content(
        f'<form method="post" action="{demo.url}/oauth/logout">'
        '<input name="client_id" value="demo-app">'
        f'<input name="post_logout_redirect_uri" value="{address}"><button>Bye</button></form>'
    )
    button(app, "Bye")
    assert heading(app) == "Sign out?"
    button(app, "Sign out")
    page.goto("/account/")
    expect(page).to_have_url(f"{demo.url}/sign-in/?next=/account/")


def test_an_app_refreshes_until_its_session_is_ended_at_the_site(page: Page, app: Page) -> None:
    sign_in(page, "GitHub", "alice")
    button(app, "Sign in")
    button(app, "Refresh")
    assert notice(app) == "You are still signed in: these claims are new."

    page.goto("/account/")
    button(page, "Sign out")
    button(app, "Refresh")

    assert notice(app) == "The sign-in that this belongs to has ended."
    assert heading(app) == "You are not signed in"


def test_a_session_that_is_ended_from_elsewhere_is_refused_within_a_second(
    context: BrowserContext, page: Page, app: Page, demo: Demo
) -> None:
    sign_in(page, "GitHub", "alice")
    button(app, "Sign in")
    assert context.browser
    phone = context.browser.new_context(base_url=demo.url, java_script_enabled=False)
    elsewhere = phone.new_page()
    sign_in(elsewhere, "GitHub", "alice", "/account/sessions/")
    button(elsewhere, "Sign out everywhere else")
    app.wait_for_timeout(1000)  # milliseconds: what the site promises
    button(app, "Refresh")
    assert notice(app) == "The sign-in that this belongs to has ended."
    phone.close()


def test_a_person_who_does_not_go_on_is_still_nobody_here(app: Page, demo: Demo) -> None:
    button(app, "Sign in")
    press(app, "GitHub")
    choose(app, "alice", "deny")
    assert heading(app) == "Sign-in cancelled"
    app.goto(demo.app_url)
    assert heading(app) == "You are not signed in"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_its_page_fits_every_screen_and_breaks_no_rule(
    chromium: Browser, demo: Demo, scheme: str, width: int
) -> None:
    context = chromium.new_context(
        base_url=demo.url,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    complaints = complaints_of(page)
    page.goto(demo.app_url)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    button(page, "Sign in")
    press(page, "GitHub")
    choose(page, "alice")
    expect(page.locator(".person img")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    context.close()
