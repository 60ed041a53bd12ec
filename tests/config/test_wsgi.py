from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory

from config.wsgi import application
from web import background

UNREADABLE = [
    "text/plain; a*=x'y'z",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data; charset=hex; boundary=a",
    "text/plain; charset=\x00",
    "text/plain; charset=none-such",
]


@pytest.fixture
def _connection_of_the_test(db: None) -> Iterator[None]:
    """Keep the connection open, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    background.stop()  # before its first turn: the test's database is not for other threads


@pytest.mark.usefixtures("_connection_of_the_test")
@pytest.mark.parametrize("content_type", UNREADABLE)
@pytest.mark.parametrize("path", ["/sign-in/github/", "/account/", "/healthz"])
def test_an_unreadable_content_type_reaches_no_error_of_the_server(
    path: str, content_type: str
) -> None:
    statuses: list[str] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
        statuses.append(status)

    request = RequestFactory(headers={"host": "localhost:8000"}).generic("POST", path, b"--a--")
    application(request.environ | {"CONTENT_TYPE": content_type}, start_response)
    assert statuses[0][:3] in ("200", "403", "405")
