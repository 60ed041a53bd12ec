"""From an empty admin to a working sign-in through GitHub: 2 pasted values, at most 6 clicks."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from simulator.process import ROOT, SimulatorProcess, start_simulator
from tests.browser.conftest import complaints_of, free_port
from tests.browser.visitor import heading

pytestmark = pytest.mark.browser
PASSWORD = secrets.token_urlsafe(16)


@dataclass(frozen=True)
class EmptySite:
    """A site with one admin and no provider, beside a simulated GitHub."""

    url: str
    simulator: SimulatorProcess


@pytest.fixture
def site(tmp_path: Path) -> Iterator[EmptySite]:
    port = free_port()
    url = f"http://localhost:{port}"
    with start_simulator(url) as simulator:
        environment = os.environ | {
            "PORT": str(port),
            "BASE_URL": url,
            "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
            "CACHE_URL": "locmem://",
            "GITHUB_URL": simulator.providers()["github"]["base_url"],
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "tests.browser.empty_site"]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            assert process.stdout.readline() == f"ready {url}\n"
            yield EmptySite(url, simulator)
            process.send_signal(signal.SIGINT)
            process.wait(15)


@dataclass
class Hand:
    """Somebody's hand at the mouse and the clipboard. It counts."""

    clicks: int = 0
    pasted: list[str] = field(default_factory=list)

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def paste(self, page: Page, value: str) -> None:
        """Paste where the cursor is."""
        self.pasted.append(value)
        page.keyboard.insert_text(value)


def enter_admin(page: Page) -> None:
    page.goto("/admin/login/?next=/admin/")
    page.locator("input[name=username]").fill("ada")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[type=submit]").click()


@pytest.mark.parametrize("with_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_two_pasted_values_and_six_clicks(
    chromium: Browser, site: EmptySite, with_scripts: bool
) -> None:
    registered = site.simulator.providers()["github"]
    context = chromium.new_context(base_url=site.url, java_script_enabled=with_scripts)
    context.set_default_timeout(10_000)  # milliseconds
    admin, hand = context.new_page(), Hand()
    complaints = complaints_of(admin)
    enter_admin(admin)

    hand.click(admin.locator("#content .model-provider .addlink"))
    hand.click(admin.get_by_role("link", name="GitHub"))
    assert admin.get_by_label("Redirect URI").input_value() in registered["redirect_uris"]
    if not with_scripts:  # nothing has put the cursor there
        hand.click(admin.get_by_label("Client ID"))
    expect(admin.get_by_label("Client ID")).to_be_focused()
    hand.paste(admin, f" {registered['client_id']}")
    admin.keyboard.press("Tab")
    hand.paste(admin, f"{registered['client_secret']} ")
    hand.click(admin.get_by_role("button", name="Save", exact=True))
    expect(admin.locator(".messagelist .success")).to_contain_text("GitHub")

    visitor = chromium.new_context(base_url=site.url, java_script_enabled=False).new_page()
    visitor.goto("/sign-in/")
    hand.click(visitor.get_by_role("button", name="Sign in with GitHub"))
    hand.click(visitor.locator("button[name=decision][value=allow]"))

    expect(visitor).to_have_url(f"{site.url}/account/")
    assert heading(visitor).startswith("Welcome, ")
    assert complaints == []
    assert len(hand.pasted) == 2
    assert hand.clicks <= 6
    visitor.context.close()
    context.close()


def test_the_redirect_uri_follows_the_slug_and_is_copied(
    chromium: Browser, site: EmptySite
) -> None:
    may = ["clipboard-read", "clipboard-write"]
    context = chromium.new_context(base_url=site.url, permissions=may)
    page = context.new_page()
    enter_admin(page)
    page.goto("/admin/providers/provider/add/?kind=github")
    page.get_by_label("Slug").fill("work")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{site.url}/sign-in/work/callback/"
    context.close()


def test_the_pages_fit_every_screen(chromium: Browser, site: EmptySite) -> None:
    page = chromium.new_page(base_url=site.url)
    enter_admin(page)
    for query in ("", "?q=hub", "?kind=github", "?kind=apple", "?kind=keycloak", "?kind=zoom"):
        page.goto(f"/admin/providers/provider/add/{query}")
        for width in (320, 390, 1024, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (query, width)
    page.close()


def test_the_rules_of_a_provider_fit_every_screen(chromium: Browser, site: EmptySite) -> None:
    page = chromium.new_page(base_url=site.url)
    enter_admin(page)
    page.goto("/admin/providers/provider/add/?kind=github")
    for _ in range(2):
        page.locator("tr.add-row a").click()
    for width in (320, 390, 800, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        value = page.locator("input[name=access_rules-1-value]").bounding_box()
        assert value
        assert value["x"] + value["width"] <= width, width
        assert value["width"] >= 100, width
    page.close()


def test_the_page_of_a_person_fits_every_screen(chromium: Browser, site: EmptySite) -> None:
    page = chromium.new_page(base_url=site.url)
    enter_admin(page)
    page.goto("/admin/signet_sessions/user/")
    page.locator("#result_list tbody a").first.click()
    expect(page.get_by_role("heading", name="Active sessions")).to_be_visible()
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
    page.close()


def test_on_a_phone_the_guide_comes_before_the_form(chromium: Browser, site: EmptySite) -> None:
    page = chromium.new_page(base_url=site.url, viewport={"width": 390, "height": 844})
    enter_admin(page)
    page.goto("/admin/providers/provider/add/?kind=github")
    expect(page.get_by_label("Client ID")).not_to_be_focused()
    assert page.evaluate("scrollY") == 0
    page.close()
