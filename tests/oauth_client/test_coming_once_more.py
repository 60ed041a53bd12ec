"""A back button, a tab that is restored, a page that stayed open: somebody who is in goes on."""

import logging
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from sessions.models import Session, User
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def sent_back(browser: Client, stage: Stage, next_: str = "/account/") -> str:
    """Allow the sign-in at the provider; returns the address with the code."""
    url = browser.post("/sign-in/demo/", {"next": next_})["Location"]
    return stage.simulator.choose(url, "alice", "allow") or ""


def open_page(browser: Client, url: str) -> tuple[int, str]:
    address = urlsplit(url)
    answer = browser.get(address.path, dict(parse_qsl(address.query)))
    return answer.status_code, answer.get("Location", "")


@pytest.mark.parametrize("next_", ["/account/", "/account/sessions/"])
def test_the_redirect_uri_once_more_leads_where_it_led(
    client: Client, stage: Stage, next_: str
) -> None:
    url = sent_back(client, stage, next_)
    for _ in range(3):
        assert open_page(client, url) == (303, next_)
    assert Session.objects.count() == 1


def test_a_tab_that_is_restored_the_next_day_leads_to_the_account(
    client: Client, stage: Stage
) -> None:
    url = sent_back(client, stage, "/account/sessions/")
    open_page(client, url)
    cache.clear()
    assert open_page(client, url) == (303, "/account/")


def test_a_long_way_on_is_not_remembered(client: Client, stage: Stage) -> None:
    url = sent_back(client, stage, "/account/sessions/?" + "a" * 300)
    assert open_page(client, url) != (303, "/account/")
    assert open_page(client, url) == (303, "/account/")


def test_an_answer_of_the_provider_that_was_no_leads_on_as_well(
    client: Client, stage: Stage
) -> None:
    open_page(client, sent_back(client, stage))
    said_no = "/sign-in/demo/callback/?error=access_denied&state=gone"
    assert open_page(client, said_no) == (303, "/account/")


def test_a_stranger_is_still_told_that_it_began_elsewhere(
    client: Client, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    url = sent_back(client, stage)
    open_page(client, url)
    status, where = open_page(Client(headers={"host": HOST}), url)
    assert (status, where[:16]) == (303, "/sign-in/failed/")
    assert "code=state_unknown" in caplog.text


def test_whoever_has_signed_out_since_is_told_so(client: Client, stage: Stage) -> None:
    url = sent_back(client, stage)
    open_page(client, url)
    client.post("/sign-out/")
    assert open_page(client, url)[1].startswith("/sign-in/failed/")


def test_a_sign_in_that_another_provider_answers_goes_nowhere(
    client: Client, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not over: this browser holds what was begun, and not for this provider."""
    hold(client, session_token(User.objects.create(name="Alice")))
    url = sent_back(client, stage).replace("/demo/", "/github/")
    assert open_page(client, url)[1].startswith("/sign-in/failed/")
    assert "code=state_unknown" in caplog.text


def test_the_log_has_it_without_a_warning(
    client: Client, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    url = sent_back(client, stage)
    for _ in range(2):
        open_page(client, url)
    assert "redirect URI opened once more: provider=demo code=state_unknown" in caplog.text
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


# A page that stayed open


def csrf_client() -> Client:
    return Client(headers={"host": HOST}, enforce_csrf_checks=True)


@pytest.fixture
def stale() -> tuple[Client, str]:
    """A browser in which a sign-in page has been open since before somebody signed in."""
    browser = csrf_client()
    page = browser.get("/sign-in/", {"next": "/account/sessions/"})
    token = page.content.decode().partition('name="csrfmiddlewaretoken" value="')[2][:64]
    browser.cookies["csrf"] = "x" * 32  # as a sign-in in another tab leaves it
    return browser, token


def test_the_form_of_a_page_from_before_the_sign_in_leads_on(
    stage: Stage, alice: User, stale: tuple[Client, str]
) -> None:
    browser, token = stale
    hold(browser, session_token(alice))
    form = {"csrfmiddlewaretoken": token, "next": "/account/sessions/"}
    answer = browser.post("/sign-in/demo/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/account/sessions/")


def test_so_does_the_form_for_a_password(alice: User, stale: tuple[Client, str]) -> None:
    browser, token = stale
    hold(browser, session_token(alice))
    answer = browser.post("/admin/login/", {"csrfmiddlewaretoken": token, "next": "/admin/"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_it_leads_to_no_other_site(stage: Stage, alice: User, stale: tuple[Client, str]) -> None:
    browser, token = stale
    hold(browser, session_token(alice))
    form = {"csrfmiddlewaretoken": token, "next": "https://mallory.example/"}
    assert browser.post("/sign-in/demo/", form)["Location"] == "/account/"


def test_a_stranger_is_asked_to_press_the_button_again(
    stage: Stage, stale: tuple[Client, str]
) -> None:
    browser, token = stale
    answer = browser.post("/sign-in/demo/", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 403
    assert "open for too long" in answer.content.decode()


def test_other_forms_are_refused_as_before(alice: User, stale: tuple[Client, str]) -> None:
    browser, token = stale
    hold(browser, session_token(alice))
    form = {"csrfmiddlewaretoken": token, "end": "others"}
    assert browser.post("/account/sessions/", form).status_code == 403
