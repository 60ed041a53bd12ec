"""Every page, in light and dark: no violation, no error, no word on the console, no overflow."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from tests.browser.conftest import chromium_path, do_without, run_beside, running_demo
from tests.browser.every_page.judging import Judges, invalid, overflow
from tests.browser.every_page.pages import MODELS, NO_PAGES, OF_A_TEAM, PAGES, Site, Way
from tests.npm import NotInstalledError
from tests.sweep.addresses import readable, routes

pytestmark = pytest.mark.browser
LIGHTEST = "#846a00"  # the colour of its hue that can just be read
SET = """
import json, sys
from tests.web.pictures import svg
from web.models import site_row
site = site_row()
for name, value in json.loads(sys.argv[1]).items():
    setattr(site, name, value)
site.set_logo(svg())
site.full_clean()
site.save()
"""
FURNISH = "from tests.browser.every_page.furnish import main; main()"


@pytest.fixture(scope="module")
def judges() -> Judges:
    try:
        return Judges()
    except NotInstalledError as reason:
        do_without(str(reason))


@pytest.fixture(scope="module")
def site(judges: Judges, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    chromium_path()
    with running_demo(tmp_path_factory.mktemp("furnished")) as demo:
        furnished = json.loads(
            run_beside(demo, FURNISH, SESSION_TOKEN_LIFETIME="3600").splitlines()[-1]
        )
        yield Site(demo, **furnished)


def browser_of(person: str, chromium: Browser, site: Site) -> BrowserContext:
    context = chromium.new_context(
        base_url=site.demo.url,
        viewport={"width": 1280, "height": 800},
        reduced_motion="reduce",  # no colour is caught half way
    )
    context.set_default_timeout(10_000)  # milliseconds
    if person in site.tokens:
        context.add_cookies(site.cookies_of(person))  # type: ignore[arg-type]
    return context


@pytest.fixture(scope="module")
def visited() -> dict[str, set[str]]:
    """Return the paths of all pages that were shown, by person: filled while the tests run."""
    return {}


@pytest.mark.parametrize("person", PAGES)
def test_every_page_is_for_everybody(
    person: str,
    chromium: Browser,
    site: Site,
    judges: Judges,
    visited: dict[str, set[str]],
    tmp_path: Path,
) -> None:
    visited[person] = set()
    found = judged(PAGES[person], person, chromium, site, judges, tmp_path, visited[person])
    assert found == []


@pytest.mark.parametrize("person", OF_A_TEAM)
def test_pages_in_the_looks_of_a_team_are_for_everybody(
    person: str, chromium: Browser, site: Site, judges: Judges, tmp_path: Path
) -> None:
    with look_of_a_team(site):
        assert judged(OF_A_TEAM[person], person, chromium, site, judges, tmp_path, set()) == []


@pytest.mark.parametrize("person", ["visitor", "admin"])
def test_pages_have_room_for_the_long_words_of_german(
    person: str, chromium: Browser, site: Site
) -> None:
    context = browser_of(person, chromium, site)
    context.set_extra_http_headers({"Accept-Language": "de"})
    page, found = context.new_page(), list[str]()
    for path in german_pages(person, site):
        page.goto(path)
        found += [f"{path}: {fault}" for fault in overflow(page)]
    context.close()
    assert found == []


def german_pages(person: str, site: Site) -> list[str]:
    """Return the addresses of pages with much text beside little room."""
    if person == "visitor":
        return [path for path in PAGES["visitor"] if path.startswith("/")]
    lists = [f"/admin/{label}/{model}/" for label, models in MODELS.items() for model in models]
    return ["/admin/", *lists, *(site.page_of("app", name) for name in ("history", "preview"))]


@contextmanager
def look_of_a_team(site: Site) -> Iterator[None]:
    """Give the site all that an admin can set, and take it away again."""
    links = {"terms": "https://acme.example/terms", "privacy": "https://acme.example/privacy"}
    look = {"name": "W" * 50, "accent": LIGHTEST, "support": "help@acme.example"} | links
    run_beside(site.demo, SET, json.dumps(look))
    time.sleep(1)  # until the site has looked for it
    yield
    run_beside(site.demo, "from web.models import Site; Site.objects.all().delete()")
    time.sleep(1)


def judged(
    ways: dict[str, Way],
    person: str,
    chromium: Browser,
    site: Site,
    judges: Judges,
    folder: Path,
    visited: set[str],
) -> list[str]:
    """Return what is wrong with each page. Add the paths that were shown to `visited`."""
    found: list[str] = []
    for name, way in ways.items():
        context = browser_of(person, chromium, site)
        page = context.new_page()
        sources = sources_of(page)
        found += [f"{name}: {fault}" for fault in faults(page, site, way, judges)]
        visited |= {urlsplit(source.url).path for source in sources}
        file = folder / f"{name.replace('/', '_')}.html"
        file.write_bytes(sources[-1].body())
        context.close()
    return [*found, *judges.errors(folder)]


def test_every_route_has_been_visited(visited: dict[str, set[str]]) -> None:
    """A new page has to be judged too, or named among those that are none."""
    if visited.keys() != PAGES.keys():
        pytest.skip("only after all people")
    shown = {route_of(path) for paths in visited.values() for path in paths}
    assert set(routes()) - shown - NO_PAGES.keys() == set()
    assert shown & NO_PAGES.keys() == set()


def route_of(path: str) -> str:
    try:
        return f"/{readable(resolve(path).route)}"
    except Resolver404:
        return "/<url>"


def sources_of(page: Page) -> list[Response]:
    """Return a list that fills with the pages as they came."""
    sources: list[Response] = []

    def note(response: Response) -> None:
        if response.request.is_navigation_request() and response.status not in range(300, 400):
            sources.append(response)

    page.on("response", note)
    return sources


def faults(page: Page, site: Site, way: Way, judges: Judges) -> list[str]:
    """Return what is wrong with a page, in both themes.

    The console also says what status a page has, and gives advice about password fields.
    """
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        is_status = (
            message.location["url"] == page.url and "responded with a status" in message.text
        )
        is_advice = message.text.startswith("[DOM] ")  # Chromium's verbose part
        said.extend([] if is_status or is_advice else [f"console: {message.text}"])

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(f"script: {error}"))
    way(page, site)
    page.wait_for_load_state()
    light = [f"light: {fault}" for fault in judges.violations(page)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    dark = [f"dark: {fault}" for fault in judges.violations(page, of_colours=True)]
    return [*said, *light, *dark, *invalid(page), *overflow(page)]
