"""Times are in the reader's time zone and language; without a script they are in UTC."""

import re

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Demo
from tests.browser.visitor import choose, press

pytestmark = pytest.mark.browser
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
TIME = ".sessions time"


def sessions_page(browser: Browser, demo: Demo, *, has_scripts: bool) -> Page:
    context = browser.new_context(
        base_url=demo.url,
        timezone_id="Asia/Kolkata",
        locale="en-GB",
        java_script_enabled=has_scripts,
    )
    page = context.new_page()
    page.goto("/sign-in/?next=/account/sessions/")
    press(page, "GitHub")
    choose(page, "alice")
    return page


def test_a_time_is_in_the_readers_zone(chromium: Browser, demo: Demo) -> None:
    page = sessions_page(chromium, demo, has_scripts=True)
    time = page.locator(TIME).first
    assert ISO.fullmatch(time.get_attribute("datetime") or "")
    assert re.fullmatch(r"\d{1,2} \w+ \d{4} at \d\d:\d\d (?:GMT\+5:30|IST)", time.inner_text())
    assert (time.get_attribute("title") or "").endswith("UTC")
    page.context.close()


def test_a_time_stays_in_utc_without_a_script(chromium: Browser, demo: Demo) -> None:
    page = sessions_page(chromium, demo, has_scripts=False)
    assert re.fullmatch(r"\d{1,2} \w+ \d{4}, \d\d:\d\d UTC", page.locator(TIME).first.inner_text())
    page.context.close()


def test_a_time_without_an_element_gets_one(chromium: Browser, demo: Demo) -> None:
    page = sessions_page(chromium, demo, has_scripts=True)
    text = "<p id=now>At 2026-12-01 20:30:05 UTC, and <code>2026-12-01 20:30 UTC</code></p>"
    page.evaluate("html => { document.querySelector('main').innerHTML = html; }", text)
    page.add_script_tag(url="/static/signet/times.js", type="module")
    page.wait_for_selector("#now time")
    shown = page.inner_text("#now")
    assert re.match(r"At 2 December 2026 at 02:00:05 (?:GMT\+5:30|IST), and ", shown)
    assert shown.endswith("2026-12-01 20:30 UTC")
    page.context.close()
