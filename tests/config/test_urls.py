from collections.abc import Iterator
from typing import Any

import pytest
from django.templatetags.static import static
from django.test import Client
from django.urls import URLResolver, get_resolver

from sessions.models import User
from tests.fakes import hold, session_token


def test_the_icon_that_browsers_ask_for_is_ours(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert answer["Location"] == static("signet/favicon.svg")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sign-in/",
        "/sign-out/",
        "/api/session",
        "/api/docs",
        "/api/openapi.json",
        "/api/token/",
        "/.well-known/jwks.json",
        "/admin/login/",
    ],
)
def test_answers_a_stranger_at(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (200, 302, 401)
    assert "next=" not in answer.get("Location", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/accounts/login/", "/accounts/signup/", "/accounts/github/login/", "/sign-in/github/login/"],
)
def test_allauths_own_pages_are_not_mounted(client: Client, alice: User, path: str) -> None:
    hold(client, session_token(alice))
    assert client.get(path).status_code == 404


def views(patterns: list[Any]) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        else:
            yield pattern.callback


def test_no_view_of_allauth_is_mounted() -> None:
    """Its adapter would let `next` lead to every host that we know."""
    modules = {view.__module__ for view in views(get_resolver().url_patterns)}
    assert "accounts.views" in modules
    assert not [module for module in modules if module.startswith("allauth")]
