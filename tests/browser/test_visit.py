"""A visitor in a real browser, without scripts: in, out, and told why not."""

import json
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Demo, complaints_of
from tests.browser.visitor import choose, heading, press

pytestmark = pytest.mark.browser


def cookies(context: BrowserContext, demo: Demo) -> dict[str, str]:
    return {cookie["name"]: cookie["value"] for cookie in context.cookies(demo.url)}


@pytest.mark.parametrize(
    ("provider", "person", "name"),
    [
        ("GitHub", "alice", "Alice Archer"),
        ("Google", "bob", "Bob Baker"),
        ("Demo OpenID Provider", "mallory", "Mallory Mason"),
    ],
)
def test_signs_in_and_out(
    page: Page, context: BrowserContext, demo: Demo, provider: str, person: str, name: str
) -> None:
    page.goto("/sign-in/?next=/account/")
    press(page, provider)
    assert "no real accounts" in page.content()
    choose(page, person)

    expect(page).to_have_url(f"{demo.url}/account/")
    assert heading(page) == f"Welcome, {name}"
    assert f"Signed in with {provider}" in page.inner_text(".person")
    (token,) = (
        cookie["value"] for cookie in context.cookies(demo.url) if cookie["name"] == "session"
    )
    assert context.request.get("/api/session").json()["name"] == name

    page.get_by_role("button", name="Sign out").click()

    assert heading(page) == "You are signed out"
    assert "session" not in cookies(context, demo)
    bearer = {"Authorization": f"Bearer {token}"}
    assert context.request.get("/api/session", headers=bearer).status == 401


def test_a_visitor_who_says_no_is_told_what_to_do(page: Page, demo: Demo) -> None:
    page.goto("/sign-in/?next=/account/%3Fkept")
    press(page, "Google")
    choose(page, "bob", "deny")

    assert heading(page) == "Sign-in cancelled"
    assert page.locator(".reference code").inner_text() in page.url

    press(page, "Google", "Try again with")
    choose(page, "bob")
    expect(page).to_have_url(f"{demo.url}/account/?kept")


def test_takes_a_copy_of_the_data_and_deletes_the_account(
    page: Page, context: BrowserContext, demo: Demo
) -> None:
    page.goto("/sign-in/?next=/account/data/")
    press(page, "Demo OpenID Provider")
    choose(page, "mallory")
    with page.expect_download() as copy:
        page.get_by_role("button", name="Download your data").click()
    assert json.loads(copy.value.path().read_text())["profile"]["name"] == "Mallory Mason"

    page.get_by_role("link", name="Delete your account").click()
    page.get_by_role("button", name="Delete my account").click()
    assert heading(page) == "Delete your account?"  # the browser asks for the tick
    page.get_by_label("I know that this can't be undone.").check()
    page.get_by_role("button", name="Delete my account").click()

    expect(page).to_have_url(f"{demo.url}/account/data/deleted/")
    nobodys = {"last-asked", "last-used", "csrf"}  # say nothing of whom
    assert cookies(context, demo).keys() <= nobodys


def test_signs_in_through_a_provider_that_redirects_through_a_third_host(
    page: Page, demo: Demo
) -> None:
    demo.simulator.arm("detour", "github")
    page.goto("/sign-in/")
    press(page, "GitHub")
    assert urlsplit(page.url).hostname == "localhost"
    assert urlsplit(page.url).port == urlsplit(demo.simulator.url).port
    choose(page, "alice")
    expect(page).to_have_url(f"{demo.url}/apps/")


def test_a_known_address_names_the_provider_used_before(page: Page, demo: Demo) -> None:
    page.goto("/sign-in/")
    press(page, "Google")
    choose(page, "bob")
    page.goto("/account/")
    page.get_by_role("button", name="Sign out").click()

    page.goto("/sign-in/")
    press(page, "GitHub")
    choose(page, "bob")

    assert heading(page) == "You already have an account"
    assert "The account with bob@example.com signs in with Google" in page.inner_text("main")
    press(page, "Google", "Continue with")
    choose(page, "bob")
    page.get_by_role("button", name="Not now").click()
    expect(page).to_have_url(f"{demo.url}/apps/")


def test_a_site_that_is_set_up_wrongly_does_not_blame_the_visitor(page: Page, demo: Demo) -> None:
    demo.simulator.arm("wrong_secret", "demo")
    page.goto("/sign-in/")
    press(page, "Demo OpenID Provider")
    choose(page, "mallory")
    assert heading(page) == "Sign-in with Demo OpenID Provider isn't set up correctly"
    assert page.get_by_role("button", name="Sign in with GitHub").is_visible()


def test_another_name_of_this_host_leads_to_the_one_address(page: Page, demo: Demo) -> None:
    page.goto(demo.url.replace("localhost", "127.0.0.1") + "/sign-in/?next=/account/")
    assert page.url == f"{demo.url}/sign-in/?next=/account/"


def test_no_page_asks_anything_of_a_third_party(page: Page, demo: Demo) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/sign-in/")
    press(page, "GitHub")
    choose(page, "alice")
    page.goto("/account/")
    page.goto("/sign-in/failed/ABCD-2345/")
    own = (demo.url, demo.simulator.url)
    assert f"{demo.url}/account/picture/" in asked
    assert not [url for url in asked if not url.startswith(own)]
    pictures = [url for url in asked if "/people/" in url]
    assert all(urlsplit(url).netloc in demo.simulator.url for url in pictures)


def test_the_admin_signs_in_as_everybody_does_and_its_pages_break_no_rule(
    chromium: Browser, demo: Demo
) -> None:
    context = chromium.new_context(base_url=demo.url)
    page = context.new_page()
    complaints = complaints_of(page)
    page.goto("/admin/")
    expect(page).to_have_url(f"{demo.url}/sign-in/?next=/admin/")
    press(page, "GitHub")
    choose(page, "ada")
    expect(page).to_have_url(f"{demo.url}/admin/")
    page.goto("/admin/providers/provider/")
    page.get_by_role("link", name="GitHub").click()
    assert page.locator("#id_client_secret").input_value() == ""
    assert complaints == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_pages_fit_every_screen(chromium: Browser, demo: Demo, scheme: str, width: int) -> None:
    context = chromium.new_context(
        base_url=demo.url,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    for path in (
        "/sign-in/",
        "/sign-out/",
        "/sign-in/failed/ABCD-2345/",
        "/nowhere/",
        "/how-it-works/",
        "/api/docs",
        "/api/token/",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_reads_from_right_to_left(
    chromium: Browser, demo: Demo, scheme: str
) -> None:
    context = chromium.new_context(
        base_url=demo.url,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": 320, "height": 800},
    )
    context.add_cookies([{"name": "last-used", "value": "google", "url": demo.url}])
    page = context.new_page()
    page.goto("/sign-in/")
    page.evaluate("document.documentElement.dir = 'rtl'")
    button = page.get_by_role("button", name="Google")
    mark, label = (button.locator(each).bounding_box() for each in (".mark", "bdi"))
    tag, heading = (page.locator(each).bounding_box() for each in (".tag", "h1"))
    assert mark
    assert label
    assert tag
    assert heading
    assert mark["x"] > label["x"] > tag["x"]
    assert heading["x"] + heading["width"] > 280
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_the_button_that_was_used_last_comes_first(page: Page, demo: Demo) -> None:
    page.goto("/sign-in/")
    press(page, "Google")
    choose(page, "bob")
    page.get_by_role("button", name="Sign out").click()
    assert heading(page) == "You are signed out"
    page.get_by_role("link", name="Use another way to sign in").click()
    first, *others = page.get_by_role("button").all_inner_texts()
    assert "Google" in first
    assert "Last used" in first
    assert "Last used" not in "".join(others)


def test_whoever_comes_back_as_another_person_decides_who_goes_on(page: Page, demo: Demo) -> None:
    for person in ("bob", "una"):  # both are known
        page.context.clear_cookies()
        page.goto("/sign-in/")
        press(page, "Google")
        choose(page, person)
    page.goto("/sign-in/?again=1&next=/account/data/")
    press(page, "Google")
    choose(page, "bob")
    assert heading(page) == "That is a different account"
    page.get_by_role("link", name="Stay signed in as Una").click()
    expect(page).to_have_url(f"{demo.url}/account/")
    assert "Una" in page.inner_text("main")

    page.go_back()
    page.get_by_role("button", name="Continue as Bob Baker").click()
    choose(page, "bob")
    expect(page).to_have_url(f"{demo.url}/account/data/")
    page.goto("/account/")
    assert "Bob Baker" in page.inner_text("main")


def test_a_developer_learns_what_a_token_is_and_why_it_is_refused(
    page: Page, context: BrowserContext, demo: Demo
) -> None:
    page.goto("/sign-in/")
    press(page, "Google")
    choose(page, "bob")
    token = cookies(context, demo)["session"]

    page.goto("/api/token/")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Check token").click()
    assert heading(page) == "This token is accepted"
    assert "Bob Baker, bob@example.com" in page.inner_text("main")

    page.get_by_role("textbox").fill(token[:-10])
    page.get_by_role("button", name="Check token").click()
    assert heading(page) == "This token is refused"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.url == f"{demo.url}/api/token/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_visitor_sees_the_eight_steps_of_their_own_sign_in(
    chromium: Browser, demo: Demo, scheme: str, width: int
) -> None:
    context = chromium.new_context(
        base_url=demo.url,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto("/sign-in/?next=/account/")
    press(page, "Demo OpenID Provider")
    choose(page, "mallory")
    page.get_by_role("link", name="See how you signed in").click()
    assert heading(page) == "How you signed in"
    assert page.locator(".steps .number").all_inner_texts() == list("12345678")
    assert page.locator(".sequence .digit").all_text_contents() == list("12345678")
    assert page.get_by_text(f"POST {demo.simulator.url}/demo/token").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('.sequence text')]"
        ".map(text => parseFloat(getComputedStyle(text).fontSize)))"
    )
    assert smallest >= 12
    words = page.locator(".sequence text").all()
    edges = [box for word in words if (box := word.bounding_box())]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in edges)
    assert complaints == []
    context.close()
