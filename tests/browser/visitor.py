"""What a visitor does and sees in a real browser."""

from playwright.sync_api import Page


def press(page: Page, provider: str, label: str = "Sign in with") -> None:
    page.get_by_role("button", name=f"{label} {provider}").click()


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def choose(page: Page, person: str, decision: str = "allow") -> None:
    """Choose who to be at a simulated provider."""
    page.locator(f"input[name=person][value={person}]").check()
    page.locator(f"button[name=decision][value={decision}]").click()
