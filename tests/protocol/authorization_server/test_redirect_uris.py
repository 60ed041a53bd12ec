"""Which redirect URIs may be registered, and which of them a request names."""

import pytest

from protocol.authorization_server.redirect_uris import is_registered, origin_of, problem_of


@pytest.mark.parametrize(
    "uri",
    [
        "https://grafana.example.com/login/generic_oauth",
        "https://grafana.example.com:8443/cb?tenant=1",
        "http://localhost:8085/auth/callback",
        "http://127.0.0.1/cb",
        "http://[::1]:3000/cb",
        "com.example.app:/cb",
        "com.example.app://cb",
        "app.immich:///oauth-callback",
    ],
)
def test_accepts(uri: str) -> None:
    assert problem_of(uri) == ""


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("http://grafana.example.com/cb", "http"),
        ("http://127.0.0.1.example.com/cb", "http"),
        ("https://grafana.example.com/cb#there", "fragment"),
        ("https://grafana.example.com/cb#", "fragment"),
        ("https://*.example.com/cb", "wildcard"),
        ("https://alice@grafana.example.com/cb", "userinfo"),
        ("https://grafana.example.com\\@mallory.example/cb", "characters"),
        ("https://grafana.example.com/a b", "characters"),
        ("https://grafana.example.com/\ncb", "characters"),
        ("https://gräfana.example.com/cb", "characters"),
        ("https:///cb", "host"),
        ("https:cb", "host"),
        ("https://grafana.example.com:port/cb", "unreadable"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/html,hello", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("audiobookshelf://oauth", "scheme"),
        ("/login", "scheme"),
        ("", "characters"),
        ("https://grafana.example.com/" + "a" * 1000, "characters"),
    ],
)
def test_refuses(uri: str, problem: str) -> None:
    assert problem_of(uri) == problem


def test_a_kind_may_have_a_scheme_without_a_dot() -> None:
    assert problem_of("audiobookshelf://oauth", schemes=["audiobookshelf"]) == ""
    assert problem_of("javascript://oauth", schemes=["javascript"]) == "scheme"


REGISTERED = ["https://app.example/cb", "http://127.0.0.1:8000/cb", "http://[::1]/cb?a=b"]


@pytest.mark.parametrize(
    "uri",
    [*REGISTERED, "http://127.0.0.1/cb", "http://127.0.0.1:51234/cb", "http://[::1]:9/cb?a=b"],
)
def test_a_request_may_name(uri: str) -> None:
    assert is_registered(uri, REGISTERED)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb/",
        "https://app.example/CB",
        "https://app.example:443/cb",
        "https://app.example:8000/cb",
        "https://app.example/cb?more=1",
        "https://app.example.mallory.example/cb",
        "http://127.0.0.1:8000/cb/",
        "http://127.0.0.1:8000@mallory.example/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1.mallory.example/cb",
        "http://localhost:8000/cb",
        "https://127.0.0.1:8000/cb",
        "",
    ],
)
def test_a_request_may_not_name(uri: str) -> None:
    assert not is_registered(uri, REGISTERED)


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://App.example/cb", "https://app.example"),
        ("https://app.example:443/cb", "https://app.example"),
        ("http://localhost:3000/cb", "http://localhost:3000"),
        ("http://[::1]:80/", "http://[::1]"),
        ("com.example.app:/cb", ""),
    ],
)
def test_the_origin_of_its_pages(uri: str, origin: str) -> None:
    assert origin_of(uri) == origin
