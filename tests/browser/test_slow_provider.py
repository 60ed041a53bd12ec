"""A slow provider: the browser shows our page meanwhile, and goes on by itself, without scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.conftest import Demo, chromium_path, complaints_of, running_demo
from tests.browser.visitor import choose, press, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[Demo]:
    """A demo whose provider may be slow without other tests waiting for it."""
    chromium_path()
    with running_demo(tmp_path) as demo:
        yield demo


def test_says_that_the_provider_is_slow_and_signs_in(own_demo: Demo, chromium: Browser) -> None:
    own_demo.simulator.arm("slow", "google", times=2, seconds=3.2)
    context = chromium.new_context(base_url=own_demo.url, java_script_enabled=False)
    page = context.new_page()
    complaints = complaints_of(page)
    sign_in(page, "Google", "bob", "/account/")
    expect(page).to_have_url(f"{own_demo.url}/account/", timeout=10_000)

    context.clear_cookies()
    shown: list[str] = []
    page.on("framenavigated", lambda frame: shown.append(frame.url))
    page.goto("/sign-in/")
    press(page, "Google")
    choose(page, "bob")
    expect(page).to_have_url(f"{own_demo.url}/apps/", timeout=10_000)
    waiting, *_ = [url for url in shown if "/callback/" in url]
    assert "code=" in waiting
    assert "waited=1" not in waiting
    page.go_back()
    assert "code=" not in page.url
    assert complaints == []
    context.close()


def test_a_browser_that_does_not_go_on_by_itself_gets_a_link_later(
    own_demo: Demo, chromium: Browser
) -> None:
    own_demo.simulator.arm("slow", "google", times=2, seconds=3.2)
    context = chromium.new_context(base_url=own_demo.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "Google", "bob", "/account/")
    expect(page).to_have_url(f"{own_demo.url}/account/", timeout=10_000)
    context.clear_cookies()
    page.route("**/callback/*", without_refresh)
    page.goto("/sign-in/")
    press(page, "Google")
    page.goto(own_demo.simulator.choose(page.url, "bob") or "")
    link = page.get_by_role("link", name="Continue")
    expect(page.get_by_role("status")).to_contain_text("is slow right now")
    expect(link).to_have_count(0)  # hidden: another request would disturb the first
    motion = context.new_cdp_session(page)
    motion.send("Animation.enable")
    motion.send("Animation.setPlaybackRate", {"playbackRate": 100})
    link.click()
    expect(page).to_have_url(f"{own_demo.url}/apps/", timeout=10_000)
    context.close()


def without_refresh(route: Route) -> None:
    """Pass the page on as a browser sees it that ignores `Refresh`."""
    answer = route.fetch(max_redirects=0)
    headers = {name: text for name, text in answer.headers.items() if name != "refresh"}
    route.fulfill(response=answer, headers=headers)
