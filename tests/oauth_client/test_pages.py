import gzip
import re

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from oauth_client.failures import Failure, keep
from providers import catalogue
from sessions.models import User
from tests.fakes import add_provider, begin, come_back, hold, session_token
from tests.pages import ROOT

pytestmark = pytest.mark.django_db
HOST = {"host": "localhost:8000"}


def test_the_sign_in_page_shows_a_button_for_each_enabled_provider_in_order(client: Client) -> None:
    add_provider("google", "google", name="Google", position=2)
    add_provider("github", "github", name="GitHub", position=1)
    add_provider("demo", name="Switched off", enabled=False)
    page = client.get("/sign-in/").content.decode()
    assert page.index("<bdi>GitHub</bdi>") < page.index("<bdi>Google</bdi>")
    assert "Switched off" not in page


def test_the_sign_in_page_names_what_will_be_requested(client: Client) -> None:
    add_provider("github", "github", scope="user:email read:org")
    add_provider("demo", scope="openid profile email groups")
    page = " ".join(client.get("/sign-in/").content.decode().split())
    assert "What is shared with this site?" in page
    assert "<dd> Name, picture, email addresses, organisations </dd>" in page
    assert "<dd> Name, picture, email address, groups </dd>" in page


def test_a_scope_of_nothing_shares_what_is_public(client: Client) -> None:
    assert catalogue.shared_by(()) == ["public profile"]


def test_the_sign_in_page_takes_three_requests_and_nine_kilobytes(client: Client) -> None:
    for slug, kind in {"github": "github", "google": "google", "demo": "openid_connect"}.items():
        add_provider(slug, kind)
    response = client.get("/sign-in/")
    page = response.content.decode()
    files = set(re.findall(r'<(?:link|img|script)[^>]*? (?:href|src)="([^"]+)"', page))
    assert len(files) == 2  # styles and icon
    headers = sum(len(name) + len(value) + 4 for name, value in response.headers.items())
    bodies = [response.content, *(static_file(client, file) for file in files)]
    assert 3 * headers + sum(len(gzip.compress(body)) for body in bodies) < 9 * 1024


def static_file(client: Client, path: str) -> bytes:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.getvalue()


def test_the_styles_of_visitors_name_no_side_so_that_they_fit_both_directions() -> None:
    styles = (ROOT / "static" / "signet" / "signet.css").read_text()
    assert re.findall(r"^.*\b(?:left|right)\b.*$", styles, re.MULTILINE) == []


def test_the_sign_in_page_loads_nothing_from_elsewhere_and_needs_no_script(client: Client) -> None:
    add_provider("github", "github")
    page = client.get("/sign-in/").content.decode()
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "<script" not in page
    assert "style=" not in page


def test_a_site_without_providers_says_so(client: Client) -> None:
    assert b"No provider is set up yet" in client.get("/sign-in/").content


def test_pages_with_sign_in_buttons_send_no_form_action_and_all_others_do(client: Client) -> None:
    asking = client.get("/sign-in/")["Content-Security-Policy"]
    failed = client.get("/sign-in/failed/ABCD-2345/")["Content-Security-Policy"]
    signed_out = client.get("/sign-out/")["Content-Security-Policy"]
    other = client.get("/account/data/deleted/")["Content-Security-Policy"]
    assert "form-action" not in asking + failed + signed_out
    assert "form-action 'self'" in other
    assert "frame-ancestors 'none'" in asking


def test_next_is_kept_in_the_form_and_a_hostile_one_is_not(client: Client) -> None:
    add_provider("github", "github")
    page = client.get("/sign-in/", {"next": "/account/?a"}).content
    hostile = client.get("/sign-in/", {"next": "https://mallory.example"}).content
    assert b'value="/account/?a"' in page
    assert b'"https://mallory.example' not in hostile  # no form and no link leads there


def test_a_failure_keeps_where_its_sign_in_was_to_lead(client: Client) -> None:
    add_provider("github", "github")
    long = "/wiki/" + "%E6" * 600
    state = begin(client, "github", next=long)["state"]
    answer = come_back(client, "github", error="access_denied", state=state)
    page = client.get(answer["Location"]).content.decode()
    assert f'name="next" value="{long}"' in page
    forged = client.get("/sign-in/failed/ABCD-2345/", {"next": "https://mallory.example"})
    assert b"mallory" not in forged.content


def test_whoever_is_signed_in_is_not_asked_again(client: Client, alice: User) -> None:
    hold(client, session_token(alice))
    assert client.get("/sign-in/", {"next": "/account/?a"})["Location"] == "/account/?a"


def test_a_suspended_person_is_asked_instead_of_sent_in_a_circle(
    client: Client, alice: User
) -> None:
    hold(client, session_token(alice))
    User.objects.update(is_active=False)
    assert client.get("/account/")["Location"] == "/sign-in/?next=/account/"
    assert client.get("/sign-in/?next=/account/").status_code == 200


def test_the_way_to_the_admin_links_to_its_password_form_while_that_is_on(
    client: Client, settings: Settings
) -> None:
    link = b"/admin/login/?next=%2Fadmin%2F"
    assert link in client.get("/sign-in/?next=/admin/").content
    assert link not in client.get("/sign-in/").content
    settings.ADMIN_PASSWORD_LOGIN = False
    assert link not in client.get("/sign-in/?next=/admin/").content


def test_a_stale_form_gets_a_fresh_page_with_next_kept() -> None:
    add_provider("github", "github")
    browser = Client(enforce_csrf_checks=True, headers=HOST)
    browser.get("/sign-in/")
    form = {"next": "/account/?a", "csrfmiddlewaretoken": "stale"}
    response = browser.post("/sign-in/github/", form)
    page = response.content.decode()
    assert response.status_code == 403
    assert "open for too long" in page
    assert 'value="/account/?a"' in page
    assert "csrfmiddlewaretoken" in page


def test_a_form_without_the_csrf_cookie_says_that_cookies_are_blocked() -> None:
    add_provider("github", "github")
    response = Client(enforce_csrf_checks=True, headers=HOST).post("/sign-in/github/")
    assert response.status_code == 403
    assert "send any cookies" in response.content.decode()


def test_a_failure_page_that_nothing_knows_offers_the_ways_to_sign_in(client: Client) -> None:
    add_provider("github", "github", name="GitHub")
    add_provider("demo", name="Demo")
    page = client.get("/sign-in/failed/ABCD-2345/").content.decode()
    assert "This sign-in was started in another browser or too long ago." in page
    assert "Choose how to sign in." in page
    assert "Sign in with <bdi>GitHub</bdi>" in page
    assert "another provider" not in page


def test_each_failure_page_shows_its_own_failure(client: Client) -> None:
    add_provider("github", "github")
    older, newer = (client.get("/sign-in/github/callback/")["Location"] for _ in range(2))
    assert older != newer
    assert b"Cookies are needed to sign in" in client.get(older).content
    assert b"Cookies are needed to sign in" not in client.get(newer).content


def test_a_damaged_failure_cookie_is_ignored(client: Client) -> None:
    client.cookies["failed-signin"] = "not sealed by us"
    assert client.get("/sign-in/failed/ABCD-2345/").status_code == 200


@pytest.mark.parametrize("reference", ["abcd-2345", "ABCD2345", "x", "ABCD-23456"])
def test_an_address_that_is_no_reference_is_not_found(client: Client, reference: str) -> None:
    assert client.get(f"/sign-in/failed/{reference}/").status_code == 404


def test_where_trying_again_cannot_help_another_provider_is_offered_instead(
    client: Client,
) -> None:
    add_provider("github", "github", name="GitHub")
    add_provider("demo", name="Demo")
    failure = Failure("ABCD-2345", "wrong_client_secret", "github")
    sent = HttpResponse()
    keep(sent, failure)
    client.cookies["failed-signin"] = sent.cookies["failed-signin"].value
    page = client.get("/sign-in/failed/ABCD-2345/").content.decode()
    assert "Try again with" not in page
    assert "Sign in with <bdi>GitHub</bdi>" not in page
    assert "Sign in with <bdi>Demo</bdi>" in page
