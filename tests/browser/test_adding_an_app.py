"""From *Add app* to an app with its secret: two clicks and one value."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Demo, complaints_of, run_beside, running_demo

pytestmark = pytest.mark.browser
TOKENS = """
from sessions.models import User
from tests.fakes import refresh_token_beside, session_token
token = session_token(User.objects.create(name='Ada', is_staff=True, is_superuser=True))
print(token, refresh_token_beside(token))
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("apps")) as demo:
        yield demo


@pytest.fixture
def admin(chromium: Browser, demo: Demo, tmp_path: Path) -> Iterator[Page]:
    context = chromium.new_context(base_url=demo.url)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tokens = run_beside(demo, f"exec({TOKENS!r})").splitlines()[-1].split()
    for name, value in zip(("session", "refresh"), tokens, strict=True):
        context.add_cookies([{"name": name, "value": value, "url": demo.url}])
    page = context.new_page()
    complaints = complaints_of(page)
    page.goto("/admin/oidc_provider/app/add/")
    yield page
    assert complaints == []
    context.close()


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_two_clicks_and_one_value_add_an_app_and_its_secret_is_copied(admin: Page) -> None:
    admin.get_by_role("link", name="Gitea").click()
    expect(admin.locator("#id_launch_url")).to_be_focused()
    admin.keyboard.insert_text("https://git.example.com/")
    uris = admin.locator("#id_redirect_uris")
    expect(uris).to_have_value("https://git.example.com/user/oauth2/signet/callback")
    admin.get_by_role("button", name="Save", exact=True).click()
    secret = admin.locator("#new-secret").input_value()
    admin.locator("[data-copies=new-secret]").click()
    assert clipboard(admin) == secret
    assert len(secret) == 43
    admin.locator("[data-copies=snippet-1]").click()
    assert f"--secret='{secret}'" in clipboard(admin)
    admin.reload()
    expect(admin.locator("#new-secret")).to_have_count(0)


def test_one_value_is_enough_for_an_app_that_the_catalogue_does_not_know(admin: Page) -> None:
    admin.get_by_role("link", name="Any OpenID Connect client").click()
    expect(admin.locator("#id_redirect_uris")).to_be_focused()
    admin.keyboard.type("https://wiki.example.com/oauth/callback")
    expect(admin.locator("#id_launch_url")).to_have_value("https://wiki.example.com/")
    expect(admin.locator("#id_name")).to_have_value("Wiki")
    admin.locator("#id_name").fill("Our wiki")
    admin.locator("#id_redirect_uris").fill("https://docs.example.com/oauth/callback")
    expect(admin.locator("#id_launch_url")).to_have_value("https://docs.example.com/")
    expect(admin.locator("#id_name")).to_have_value("Our wiki")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator("#snippet-1-2")).to_have_value("our-wiki")


def test_a_name_that_the_catalogue_knows_stays(admin: Page) -> None:
    admin.get_by_role("link", name="NocoDB").click()
    admin.locator("#id_redirect_uris").fill("https://tables.example.com/sso/callback")
    expect(admin.locator("#id_launch_url")).to_have_value("https://tables.example.com/")
    expect(admin.locator("#id_name")).to_have_value("NocoDB")


def test_the_demo_app_needs_no_value_and_one_command(admin: Page) -> None:
    admin.get_by_role("link", name="Signet's demo app").click()
    uris = admin.locator("#id_redirect_uris")
    expect(uris).to_have_value("http://127.0.0.1:9002/signed-in")
    admin.get_by_role("button", name="Save", exact=True).click()
    admin.locator("[data-copies=snippet-1]").click()
    secret = admin.locator("#new-secret").input_value()
    assert f"CLIENT_SECRET='{secret}'" in clipboard(admin)
    assert "APP='http://127.0.0.1:9002'" in clipboard(admin)


def test_redirect_uris_follow_the_label_until_somebody_writes_others(admin: Page) -> None:
    admin.get_by_role("link", name="Forgejo").click()
    address, label = admin.locator("#id_launch_url"), admin.locator("#id_label")
    uris = admin.locator("#id_redirect_uris")
    address.fill("https://git.example.com")
    label.fill("team")
    expect(uris).to_have_value("https://git.example.com/user/oauth2/team/callback")
    uris.fill("https://other.example/cb")
    label.fill("club")
    expect(uris).to_have_value("https://other.example/cb")
