"""What a visitor does and sees in a real browser."""

from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import Demo


def press(page: Page, provider: str, label: str = "Sign in with") -> None:
    page.get_by_role("button", name=f"{label} {provider}").click()


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def choose(page: Page, person: str, decision: str = "allow") -> None:
    """Answer the provider's question as one of its people."""
    page.locator(f"input[name=person][value={person}]").check()
    page.locator(f"button[name=decision][value={decision}]").click()


def sign_in(page: Page, provider: str, person: str, next_: str = "/account/connections/") -> None:
    page.goto(f"/sign-in/?next={next_}")
    press(page, provider)
    choose(page, person)


def sub(page: Page) -> str:
    return str(page.context.request.get("/api/session").json()["sub"])


def other_browser(context: BrowserContext, demo: Demo) -> Page:
    assert context.browser
    other = context.browser.new_context(base_url=demo.url, java_script_enabled=False)
    other.set_default_timeout(10_000)  # milliseconds
    return other.new_page()
