"""The apps of docs/verify-a-session-jwt.md, opened by somebody who has signed in at the demo."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Demo
from tests.browser.visitor import choose, press
from tests.examples.apps import FASTAPI, FLASK, NODE, Example, running

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("example", [FLASK, FASTAPI, NODE], ids=["Flask", "FastAPI", "Node"])
def test_a_browser_that_is_signed_in_is_known_to_an_app_on_the_same_host(
    page: Page, demo: Demo, example: Example, tmp_path: Path
) -> None:
    with running(example, example.code, tmp_path, demo.url, demo.url) as app:
        address = f"http://localhost:{urlsplit(app.url).port}/whoami"
        stranger = page.goto(address)
        assert stranger
        assert stranger.status == 401

        page.goto("/sign-in/?next=/account/")
        press(page, "GitHub")
        choose(page, "alice")
        page.wait_for_url("**/account/")

        known = page.goto(address)
        assert known
        assert known.json()["name"] == "Alice Archer"
