import pytest
from django.test import Client
from pytest_django import Settings

from sessions.models import User
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token
from tests.sessions.tokens import claims_of

pytestmark = pytest.mark.django_db
DEVELOPER = "/account/developer/"


def test_home_is_the_sign_in_page_for_a_stranger(client: Client) -> None:
    assert client.get("/")["Location"] == "/sign-in/"


def test_home_is_the_account_of_somebody_signed_in(alices_browser: Client) -> None:
    assert alices_browser.get("/")["Location"] == "/account/"


def test_the_page_for_developers_shows_every_claim(
    alices_browser: Client, alices_token: str
) -> None:
    page = alices_browser.get(DEVELOPER).content.decode()
    for name in claims_of(alices_token):
        assert f"<code>{name}</code>" in page
    assert page.count('data-copy="Copy sub"') == 1
    for path in ("/account/tokens/", "/api/token/", "/api/docs", "/how-it-works/"):
        assert f'<a href="{path}">' in page


def test_the_page_for_developers_does_not_show_the_token(
    alices_browser: Client, alices_token: str
) -> None:
    page = alices_browser.get(DEVELOPER).content.decode()
    assert alices_token not in page
    assert alices_token.rpartition(".")[2] not in page


def test_audiences_and_truth_are_shown_as_a_person_reads_them(
    client: Client, bob: User, settings: Settings
) -> None:
    settings.SESSION_AUDIENCE = ["http://localhost:8000", "https://app.example"]
    hold(client, session_token(bob))
    page = client.get(DEVELOPER).content.decode()
    assert "http://localhost:8000, https://app.example" in page
    assert "<bdi>false</bdi>" in page  # email_verified
    assert "groups you belong to" not in page


def test_signing_out_ends_the_session_and_takes_the_cookie_back(
    alices_browser: Client, alices_token: str
) -> None:
    answer = alices_browser.post("/sign-out/")
    assert answer["Location"] == "/sign-out/"
    assert answer.cookies["session"]["max-age"] == 0
    headers = {"authorization": f"Bearer {alices_token}"}
    assert alices_browser.get("/api/session", headers=headers).status_code == 401


def test_after_signing_out_a_page_says_so(alices_browser: Client) -> None:
    page = alices_browser.post("/sign-out/", follow=True)
    assert "You are signed out" in page.content.decode()


@pytest.fixture
def providers_of_the_site(db: None) -> None:
    add_provider("github", "github", name="GitHub")
    add_provider("gone", name="Gone", enabled=False)


def test_the_page_offers_the_same_provider_and_another_account_there(
    client: Client, providers_of_the_site: None
) -> None:
    client.cookies["last-used"] = "github"
    answer = client.get("/sign-out/")
    page = " ".join(answer.content.decode().split())
    assert 'action="/sign-in/github/"' in page
    assert "Sign in again with <bdi>GitHub</bdi>" in page
    assert 'name="another" value="1">Use another account</button>' in page
    assert "form-action" not in answer["Content-Security-Policy"]


@pytest.mark.parametrize("slug", ["", "gone", "nobody", "</form>"])
def test_without_a_provider_that_works_the_page_leads_to_all(
    client: Client, providers_of_the_site: None, slug: str
) -> None:
    client.cookies["last-used"] = slug
    page = client.get("/sign-out/").content.decode()
    assert '<a class="button primary" href="/sign-in/">Sign in again</a>' in page
    assert "Use another account" not in page


def test_getting_the_sign_out_page_ends_nothing(alices_browser: Client) -> None:
    assert alices_browser.get("/sign-out/")["Location"] == "/account/"
    assert alices_browser.get("/account/").status_code == 200


def test_signing_out_twice_is_no_error(client: Client) -> None:
    assert client.post("/sign-out/").status_code == 302


def test_another_site_cannot_sign_anybody_out(alices_token: str) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"host": HOST})
    hold(browser, alices_token)
    assert browser.post("/sign-out/").status_code == 403
    assert browser.get("/api/session").status_code == 200


@pytest.mark.parametrize("path", ["/", "/account/", "/sign-out/"])
def test_pages_of_a_person_are_not_kept_by_caches(alices_browser: Client, path: str) -> None:
    assert "no-store" in alices_browser.get(path)["Cache-Control"]
