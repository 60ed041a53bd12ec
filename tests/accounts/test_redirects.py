import pytest
from django.test import Client
from pytest_django import Settings

from accounts.redirects import safe_next

HOSTILE = {
    "nothing": "",
    "another site": "https://mallory.example/",
    "a host without scheme": "//mallory.example",
    "three slashes": "///mallory.example",
    "slash and backslash": "/\\mallory.example",
    "backslashes": "\\\\mallory.example",
    "a backslash later": "/account\\..\\x",
    "a tab between the slashes": "/\t/mallory.example",
    "a newline between the slashes": "/\n/mallory.example",
    "a leading space": " //mallory.example",
    "a trailing newline": "/account/\n",
    "a scheme without slashes": "https:mallory.example",
    "a scheme with one slash": "https:/mallory.example",
    "an empty host": "http:///mallory.example",
    "our host as user": "http://localhost:8000@mallory.example/",
    "our host as user and password": "http://localhost:pass@mallory.example/",
    "our host as a subdomain": "http://localhost:8000.mallory.example/",
    "our host with another port": "http://localhost:80000/",
    "our host by another scheme": "https://localhost:8000/",
    "our host in capitals": "HTTP://LOCALHOST:8000/",
    "our host, then a backslash": "http://localhost:8000\\@mallory.example/",
    "an allowed host by another scheme": "http://app.example/",
    "an allowed host as a prefix": "https://app.example.mallory.example/",
    "an allowed host with user": "https://mallory@app.example/",
    "an allowed host with port": "https://app.example:8443/",
    "fullwidth slashes": "/\uff0f\uff0fmallory.example",
    "a fullwidth slash first": "\uff0f/mallory.example",
    "an ideographic full stop": "https://app\u3002example/",
    "a right-to-left mark": "/\u202emoc.elpmaxe",
    "non-ASCII": "/k\u00f6nto/",
    "NUL": "/account/\0",
    "DEL": "/account/\x7f",
    "a line for the header": "/account/\r\nSet-Cookie: session=x",
    "javascript": "javascript:alert(1)",
    "javascript with a tab": "java\tscript:alert(1)",
    "data": "data:text/html,x",
    "no slash": "account/",
    "a dot": "./account/",
    "only a query": "?next=/",
    "513 bytes": "/" + "a" * 512,
    "513 characters of many bytes": "/" + "\u00e4" * 512,
    "a broken IPv6 address": "http://[::1/",
    "a lone surrogate": "/\ud800",
}
ALLOWED = [
    "/",
    "/admin/",
    "/account/?tab=sessions#top",
    "/a//b",
    "/%2F%2Fmallory.example",
    "/%0d%0aSet-Cookie:%20session=x",
    "/account/?next=https://mallory.example/",
    "/account/@mallory.example",
    "/" + "a" * 511,
    "http://localhost:8000",
    "http://localhost:8000/account/",
    "http://localhost:8000?a=b",
    "https://app.example",
    "https://app.example/welcome?from=sign-in#here",
    "https://[2001:db8::1]:8443/",
]


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


def test_an_origin_is_allowed_only_by_the_admins_list(settings: Settings) -> None:
    settings.ALLOWED_REDIRECT_ORIGINS = []
    assert safe_next("https://app.example/") == "/account/"


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_next_never_breaks_the_page_that_asks(alices_browser: Client, value: str) -> None:
    answer = alices_browser.get("/sign-in/", {"next": value.encode(errors="surrogatepass")})
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
