"""What somebody gets while too many requests wait for a thread: 503, and how to go on."""

import json
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from config import busy


def environ(path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    return RequestFactory(headers=headers).generic(method, path).environ


@pytest.mark.parametrize(
    ("path", "method", "again"),
    [
        ("/sign-in/demo/callback/?code=a&state=b", "GET", "?code=a&amp;state=b"),
        ("/sign-in/demo/", "POST", 'href="/sign-in/"'),
        ("//mallory.example/", "GET", 'href="/"'),
    ],
)
def test_a_person_gets_a_page_with_a_way_on(path: str, method: str, again: str) -> None:
    status, headers, body = busy.response(environ(path, method))
    assert status == "503 Service Unavailable"
    assert "because too many people are here" in body.decode()
    assert again in body.decode()
    said = dict(headers)
    assert (said["Retry-After"], said["Referrer-Policy"]) == ("60", "no-referrer")
    assert said["Content-Security-Policy"].startswith("default-src 'none'")
    assert "no-store" in said["Cache-Control"]


def test_a_program_gets_a_problem() -> None:
    status, headers, body = busy.response(environ("/api/session/refresh", "POST"))
    assert (status[:3], dict(headers)["Content-Type"]) == ("503", "application/problem+json")
    assert json.loads(body)["detail"] == "This site is too busy. Try again in a minute."
    assert dict(headers)["Retry-After"] == "60"


def test_a_request_that_nobody_can_read_is_answered_all_the_same() -> None:
    asked = environ("/a?" + "b&" * 2000) | {
        "CONTENT_TYPE": "text/html; charset=x",
        "PATH_INFO": "\0\xff",
    }
    asked["CONTENT_LENGTH"] = "9" * 50
    assert busy.response(asked)[0].startswith("503")


def test_a_page_is_in_the_visitors_language(settings: Settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "German")]
    _, headers, body = busy.response(environ("/account/", **{"accept-language": "de"}))
    assert ("Content-Language", "de") in headers
    assert '<html lang="de" dir="ltr">' in body.decode()
