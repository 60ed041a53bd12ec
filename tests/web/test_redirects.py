import pytest
from django.test import Client
from pytest_django import Settings

from tests.web.hostile import HOSTILE
from web.redirects import NextPage, Problem, next_page, safe_next

ALLOWED = [
    "/",
    "/admin/",
    "/account/?tab=sessions#top",
    "/a//b",
    "/%2F%2Fmallory.example",
    "/%0d%0aSet-Cookie:%20session=x",
    "/account/?next=https://mallory.example/",
    "/account/@mallory.example",
    "/" + "a" * 2047,
    "http://localhost:8000",
    "http://localhost:8000/account/",
    "http://localhost:8000?a=b",
    "https://app.example",
    "https://app.example/welcome?from=sign-in#here",
    "https://[2001:db8::1]:8443/",
]


ENCODED = {
    "/wiki/日本語": "/wiki/%E6%97%A5%E6%9C%AC%E8%AA%9E",
    "/a b": "/a%20b",
    "/a b?c=d e#f g": "/a%20b?c=d%20e#f%20g",
    "/k\u00f6nto/": "/k%C3%B6nto/",
    "/wiki/می\u200cخواهم": "/wiki/%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85",
    "/\U0001f600": "/%F0%9F%98%80",
    "/wiki/Fate\uff0fstay": "/wiki/Fate%EF%BC%8Fstay",
    "/日本\u3002": "/%E6%97%A5%E6%9C%AC%E3%80%82",
    "/100%": "/100%",
    "/%E6 日": "/%E6%20%E6%97%A5",
    "/a\u3000b": "/a%E3%80%80b",
    "https://app.example/wiki/日本語?q=ä": "https://app.example/wiki/%E6%97%A5%E6%9C%AC%E8%AA%9E?q=%C3%A4",
}


@pytest.fixture(autouse=True)
def _origins(settings: Settings) -> None:
    settings.ALLOWED_REDIRECT_ORIGINS = ["https://app.example", "https://[2001:db8::1]:8443"]


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_sends_home_instead_of_to(value: str) -> None:
    assert safe_next(value) == "/account/"


def test_sends_home_when_nothing_is_asked() -> None:
    assert safe_next(None) == "/account/"


@pytest.mark.parametrize("value", ALLOWED)
def test_sends_on_to(value: str) -> None:
    assert safe_next(value) == value


@pytest.mark.parametrize(("value", "encoded"), ENCODED.items())
def test_encodes_as_a_browser_would(value: str, encoded: str) -> None:
    assert next_page(value) == NextPage(encoded)
    assert safe_next(encoded) == encoded


def test_takes_2048_bytes_as_they_are_sent() -> None:
    most = "/" + "\u00e4" * 341 + "a"
    assert len(safe_next(most)) == 2048
    assert next_page(most + "a").problem is Problem.TOO_LONG


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        ("https://other.example/x y?z", "https://other.example"),
        ("https://app.example:8443/", "https://app.example:8443"),
        ("http://app.example", "http://app.example"),
        ("https://[2001:db8::2]/", "https://[2001:db8::2]"),
    ],
)
def test_names_the_origin_that_is_not_allowed(value: str, origin: str) -> None:
    assert next_page(value) == NextPage("/account/", Problem.OTHER_ORIGIN, origin)


@pytest.mark.parametrize(
    "value",
    [
        "//mallory.example/",
        "https://mallory@app.example/",
        "https://b\u00fccher.example/",
        "https://a.example\n.b.example/",
        "https://" + "a" * 300 + ".example/",
        "https://a:b:c/",
        "javascript:alert(1)",
    ],
)
def test_names_no_origin_that_is_none(value: str) -> None:
    assert next_page(value) == NextPage(problem=Problem.UNREADABLE)


def test_an_origin_is_allowed_only_by_the_admins_list(settings: Settings) -> None:
    settings.ALLOWED_REDIRECT_ORIGINS = []
    assert safe_next("https://app.example/") == "/account/"


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_next_never_breaks_the_page_that_asks(alices_browser: Client, value: str) -> None:
    answer = alices_browser.get("/sign-in/", {"next": value.encode(errors="surrogatepass")})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
