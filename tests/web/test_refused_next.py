"""A visitor who cannot go on is told so, and so is the admin."""

import logging

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import Settings

from sessions.models import User
from tests.conftest import HOST
from tests.fakes import hold, session_token
from web.redirects import MOST, refused_origins

pytestmark = pytest.mark.django_db
TOO_LONG = "/" + "a" * 3000


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.mark.parametrize(
    ("next_", "words"),
    [
        ("https://other.example:8443/x", "other.example:8443 is not on this site's list"),
        (f"https://{'a' * 60}.example/x", "The app that sent you here is not on this site"),
        (TOO_LONG, "longer than 2,048 characters"),
        ("/account\\x", "can't be read"),
        ("//mallory.example/", "can't be read"),
    ],
)
def test_the_page_that_asks_says_so(client: Client, next_: str, words: str) -> None:
    page = client.get("/sign-in/", {"next": next_}).content.decode()
    assert escape(words) in page
    assert "You will see your account instead." in page


@pytest.mark.parametrize("next_", ["/wiki/日本語", "/a b", "/account/", ""])
def test_the_page_that_asks_says_nothing_of_a_good_one(client: Client, next_: str) -> None:
    assert "instead" not in client.get("/sign-in/", {"next": next_}).content.decode()


def test_somebody_signed_in_is_told_on_the_account_page(alices_browser: Client) -> None:
    for _ in range(3):
        answer = alices_browser.get("/sign-in/", {"next": "https://other.example/"})
        assert answer["Location"] == "/account/"
    page = alices_browser.get("/account/").content.decode()
    assert page.count("so you will not return to it") == 1
    assert "you will not return to it" not in alices_browser.get("/account/").content.decode()


def test_the_log_names_origin_and_setting_once(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        client.get("/sign-in/", {"next": "https://other.example/secret?code=x"})
    lines = [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]
    assert lines == [
        "nobody is sent on to https://other.example: it is not in ALLOWED_REDIRECT_ORIGINS"
    ]
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("next_", "problem"), [(TOO_LONG, "too_long"), ("//mallory.example", "unreadable")]
)
def test_the_log_says_what_is_wrong_and_not_with_what(
    client: Client, caplog: pytest.LogCaptureFixture, next_: str, problem: str
) -> None:
    client.get("/sign-in/", {"next": next_})
    assert f"next was refused: {problem}" in caplog.text
    assert "mallory" not in caplog.text


def test_the_admins_home_names_the_origins_and_the_setting(client: Client) -> None:
    for number in range(5):
        client.get("/sign-in/", {"next": f"https://app-{number}.example/"})
    ada = User.objects.create(name="Ada", is_staff=True, is_superuser=True)
    admin = Client(headers={"host": HOST})
    hold(admin, session_token(ada))
    page = admin.get(reverse("admin:index")).content.decode()
    shown = (f'<code translate="no">https://app-{number}.example</code>' for number in (4, 3, 2))
    assert f"{', '.join(shown)} and more" in page
    assert "ALLOWED_REDIRECT_ORIGINS" in page


def test_the_admins_home_is_silent_where_nothing_was_refused(client: Client) -> None:
    ada = User.objects.create(name="Ada", is_staff=True, is_superuser=True)
    hold(client, session_token(ada))
    assert "ALLOWED_REDIRECT_ORIGINS" not in client.get(reverse("admin:index")).content.decode()


def test_what_strangers_can_name_is_bounded(client: Client) -> None:
    for number in range(MOST + 5):
        client.get("/sign-in/", {"next": f"https://app-{number}.example/"})
    assert len(refused_origins()) == MOST
    assert refused_origins()[0] == f"https://app-{MOST + 4}.example"


def test_what_is_long_ago_is_forgotten(client: Client) -> None:
    cache.set("refused-origins", {"https://old.example": 1.0})
    client.get("/sign-in/", {"next": "https://new.example/"})
    assert refused_origins() == ["https://new.example"]


def test_without_a_cache_the_page_is_shown_and_the_log_written(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    gone = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
    settings.CACHES = settings.CACHES | {"default": gone | {"LOCATION": "redis://127.0.0.1:1/0"}}
    answer = client.get("/sign-in/", {"next": "https://other.example/"})
    assert answer.status_code == 200
    assert "it is not in ALLOWED_REDIRECT_ORIGINS" in caplog.text
    assert refused_origins() == []
