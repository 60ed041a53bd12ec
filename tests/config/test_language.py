"""The language of a page: chosen in the menu, asked for by the browser, or English."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format
from pytest_django import Settings

from oauth_client.sign_in_page import _kept
from tests.conftest import BASE_URL, HOST

pytestmark = pytest.mark.django_db
LANGUAGES = [("en", "English"), ("de", "German"), ("ar", "Arabic")]


@pytest.fixture
def _languages(settings: Settings) -> Iterator[None]:
    """Offer more languages; a page that is kept meanwhile has them in its menu."""
    _kept.cache_clear()
    settings.LANGUAGES = LANGUAGES
    yield
    _kept.cache_clear()


def page_for(client: Client, header: str, path: str = "/sign-in/") -> str:
    return client.get(path, headers={"accept-language": header}).content.decode()


def language_of(page: str) -> str:
    (language,) = re.findall(r'<html lang="([^"]*)"', page)
    return str(language)


@pytest.mark.usefixtures("_languages")
@pytest.mark.parametrize(
    ("header", "language"),
    {
        "": "en",
        "de": "de",
        "de-AT, en;q=0.5": "de",
        "fr, en;q=0.5, de;q=0.9": "de",
        "fr": "en",
        "*": "en",
        "de;q=x": "en",
        "\0\xff": "en",
        "../../etc/passwd": "en",
        "x" * 20_000: "en",
        "de," * 5000: "de",
        ", ".join(f"x{number};q=0.1" for number in range(5000)): "en",
    }.items(),
)
def test_the_browser_asks_for_a_language(client: Client, header: str, language: str) -> None:
    assert language_of(page_for(client, header)) == language


def test_only_languages_of_the_site_are_given(client: Client) -> None:
    assert language_of(page_for(client, "ar")) == "en"


@pytest.mark.usefixtures("_languages")
def test_a_page_says_its_language_and_what_it_depends_on(client: Client) -> None:
    answer = client.get("/sign-in/", headers={"accept-language": "de"})
    assert answer["Content-Language"] == "de"
    assert {"Accept-Language", "Cookie"} <= set(answer["Vary"].split(", "))


@pytest.mark.usefixtures("_languages")
def test_a_page_reads_from_right_to_left_where_its_language_does(client: Client) -> None:
    assert '<html lang="ar" dir="rtl">' in page_for(client, "ar")
    assert '<html lang="de" dir="ltr">' in page_for(client, "de")


@pytest.mark.usefixtures("_languages")
@pytest.mark.parametrize(
    "path",
    ["/api/session", "/api/openapi.json", "/.well-known/jwks.json", "/healthz", "/metrics"],
)
def test_programs_are_answered_in_english(client: Client, path: str) -> None:
    answer = client.get(path, headers={"accept-language": "de"})
    assert "Content-Language" not in answer
    assert "Accept-Language" not in answer.get("Vary", "")


@pytest.mark.usefixtures("_languages")
def test_texts_and_dates_are_in_the_language_of_the_page(alices_browser: Client) -> None:
    page = page_for(alices_browser, "de", "/account/sessions/")
    assert "Wo Sie angemeldet sind" in page
    with translation.override("de"):
        day = datetime(2026, 12, 1, 20, 30, tzinfo=UTC)
        assert [date_format(day), date_format(day, "DATETIME_FORMAT")] == [
            "1. Dez. 2026",
            "2026-12-01 20:30:00 UTC",
        ]


@pytest.mark.usefixtures("_languages")
def test_a_redirect_has_no_language(client: Client) -> None:
    answer = client.get("/", headers={"accept-language": "de"})
    assert answer.status_code == 302
    assert "Content-Language" not in answer


@pytest.mark.usefixtures("_languages")
def test_the_language_ends_with_the_request(client: Client) -> None:
    page_for(client, "de")
    assert translation.get_language() == "en"


@pytest.mark.usefixtures("_languages")
def test_a_refused_body_is_refused_in_the_visitors_language(client: Client) -> None:
    headers = {"accept-language": "de"}
    answer = client.post("/sign-in/x/", {"x": "y" * 70_000}, headers=headers)
    assert answer.status_code == 413
    assert language_of(answer.content.decode()) == "de"


# The menu


def menu(page: str) -> list[str]:
    words = " ".join(page.split())
    return re.findall(r'<button type="submit" name="language" value="(\w+)" lang="\1"', words)


@pytest.mark.usefixtures("_languages")
@pytest.mark.parametrize("path", ["/sign-in/", "/admin/login/", "/how-it-works/", "/nowhere/"])
def test_a_page_offers_each_language_under_its_own_name(client: Client, path: str) -> None:
    page = " ".join(page_for(client, "de", path).split())
    assert menu(page) == ["en", "de", "ar"]
    assert ">Deutsch</button>" in page
    assert 'value="de" lang="de" translate="no" aria-current="true"' in page


def test_a_site_with_one_language_has_no_menu(client: Client, settings: Settings) -> None:
    settings.LANGUAGES = LANGUAGES[:1]
    assert menu(page_for(client, "de")) == []


@pytest.mark.usefixtures("_languages")
def test_a_choice_counts_more_than_the_browser_and_returns_to_the_page() -> None:
    client = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    page = page_for(client, "en", "/sign-in/?next=/how-it-works/")
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[-1]
    referer = f"{BASE_URL}/sign-in/?next=/how-it-works/"
    form = {"language": "de", "csrfmiddlewaretoken": token}
    answer = client.post("/language/", form, headers={"referer": referer})
    assert answer["Location"] == referer
    assert answer["Cache-Control"] == "private, no-store"
    assert language_of(page_for(client, "en")) == "de"


@pytest.mark.usefixtures("_languages")
def test_the_cookie_of_a_choice_is_kept_like_all_others(client: Client, settings: Settings) -> None:
    settings.COOKIE_PREFIX, settings.IS_HTTPS = "__Host-", True
    settings.LANGUAGE_COOKIE_NAME = "__Host-language"
    cookie = client.post("/language/", {"language": "de"}).cookies["__Host-language"]
    kept = {name: value for name, value in cookie.items() if value and name != "expires"}
    expected = {"max-age": 34_560_000, "path": "/", "httponly": True, "samesite": "Lax"}
    assert kept == expected | {"secure": True}


@pytest.mark.usefixtures("_languages")
@pytest.mark.parametrize("language", ["", "fr", "xx", "x" * 9000, "../de", "DE\r\n", "\0"])
def test_a_language_that_is_not_offered_is_not_kept(client: Client, language: str) -> None:
    answer = client.post("/language/", {"language": language})
    assert answer.status_code == 302
    assert "language" not in answer.cookies


@pytest.mark.usefixtures("_languages")
@pytest.mark.parametrize("cookie", ["fr", "x" * 3000, "../de", '"de', "\xff"])
def test_a_cookie_with_another_language_is_as_none(client: Client, cookie: str) -> None:
    headers = {"cookie": f"language={cookie}", "accept-language": "ar"}
    page = client.get("/sign-in/", headers=headers).content.decode()
    assert language_of(page) in ("ar", "de")


@pytest.mark.usefixtures("_languages")
@pytest.mark.parametrize("field", ["next", "referer"])
def test_a_choice_leads_to_no_other_site(client: Client, field: str) -> None:
    form, elsewhere = {"language": "de"}, "https://elsewhere.example/"
    if field == "next":
        answer = client.post("/language/", form | {"next": elsewhere})
    else:
        answer = client.post("/language/", form, headers={"referer": elsewhere})
    assert answer["Location"] == "/account/"


@pytest.mark.usefixtures("_languages")
def test_only_a_form_of_this_site_chooses() -> None:
    client = Client(headers={"host": HOST}, enforce_csrf_checks=True)
    assert client.post("/language/", {"language": "de"}).status_code == 403
    assert client.get("/language/?language=de").status_code == 405


@pytest.mark.usefixtures("_languages")
def test_a_kept_sign_in_page_is_kept_for_each_language(client: Client) -> None:
    assert [language_of(page_for(client, each)) for each in ("en", "de", "en")] == [
        "en",
        "de",
        "en",
    ]


@pytest.mark.parametrize("path", ["/nowhere/", "/site/logo.png", "/how-it-works/"])
def test_no_cache_keeps_a_page_with_the_form_of_the_menu(client: Client, path: str) -> None:
    answer = client.get(path)
    assert "csrfmiddlewaretoken" in answer.content.decode()
    assert {"private", "no-store"} <= {*answer["Cache-Control"].split(", ")}
