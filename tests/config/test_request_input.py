"""How large a body may be, and what is said to whoever sends more or stops before its end."""

from io import BytesIO
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from config.request_input import RequestBodyMiddleware
from config.wsgi import Application, with_measured_body
from sessions.models import User
from tests.fakes import add_provider, session_token

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
MOST = 65_536


class Unread(BytesIO):
    """A body of which nobody may read a byte."""

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("the body was read")


class Stalled(BytesIO):
    """A body that stops."""

    def read(self, size: int | None = -1) -> bytes:
        raise TimeoutError("timed out")


def post(path: str, body: BytesIO, length: int, **headers: Any) -> HttpResponse:
    """Send a body that says it is so long, and as far as the middleware."""
    request = RequestFactory(headers={"host": "localhost:8000"} | headers).post(path, b"", FORM)
    environ = request.environ | {"CONTENT_LENGTH": str(length), "wsgi.input": body}
    asked = type(request)(environ)
    return RequestBodyMiddleware(lambda _: HttpResponse("answered"))(asked)


@pytest.mark.parametrize("path", ["/sign-in/demo/", "/account/tokens/", "/admin/login/", "/x"])
def test_a_body_that_is_too_large_is_refused_before_a_byte_is_read(path: str) -> None:
    response = post(path, Unread(), 300 * 2**20)
    assert response.status_code == 413
    assert "64 KiB" in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/session/refresh", {}),
        ("/api/session", {"accept": "*/*"}),
        ("/api/token/", {"accept": "application/json"}),
        ("/account/", {"authorization": "Bearer x"}),
    ],
    ids=["refresh", "session", "token checker", "with a token"],
)
def test_a_program_is_refused_by_a_problem(path: str, headers: dict[str, str]) -> None:
    response = post(path, Unread(), MOST + 1, **headers)
    assert (response.status_code, response["Content-Type"]) == (413, "application/problem+json")


def test_a_page_is_shown_to_a_browser_at_the_token_checker(client: Client) -> None:
    response = client.post("/api/token/", {"token": "x" * MOST}, headers={"accept": "text/html"})
    assert response.status_code == 413
    assert response["Content-Type"].startswith("text/html")


def test_a_body_of_64_kib_is_read(client: Client) -> None:
    body = b"token=".ljust(MOST, b"x")
    assert client.post("/api/token/", body, FORM).status_code == 200
    assert client.post("/api/token/", body + b"x", FORM).status_code == 413


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_also_by(client: Client, method: str) -> None:
    response = client.generic(method, "/account/", b"x" * (MOST + 1))
    assert response.status_code == 413


def test_too_many_fields_are_refused_like_too_many_bytes(client: Client) -> None:
    response = client.post("/admin/login/", b"&a=1" * 1001, FORM)
    assert response.status_code == 413
    assert "1000 fields" in response.content.decode()


@pytest.mark.parametrize("body", [Stalled(), BytesIO(b"half")], ids=["stalled", "cut off"])
def test_a_body_that_does_not_arrive_whole_is_asked_for_again(body: BytesIO) -> None:
    response = post("/sign-in/demo/", body, 100)
    assert response.status_code == 408
    assert "did not arrive" in response.content.decode()


@pytest.mark.parametrize(
    ("length", "status"), [("", 200), ("0", 200), ("x", 400), ("-1", 400), ("9" * 5000, 400)]
)
def test_a_length_that_is_none_is_refused(client: Client, length: str, status: int) -> None:
    assert client.post("/api/token/", CONTENT_LENGTH=length).status_code == status


def test_a_file_is_kept_nowhere(client: Client) -> None:
    response = client.post("/api/token/", {"token": "x", "file": BytesIO(b"of nobody")})
    assert response.status_code == 200
    assert response.wsgi_request.FILES == {}


def test_the_longest_form_of_the_admin_has_room(client: Client) -> None:
    """A provider whose every text is as long as it may be, and a hundred rules."""
    root = User.objects.create(name="Root", is_staff=True, is_superuser=True)
    client.cookies["session"] = session_token(root)
    provider = add_provider()
    columns = dict.fromkeys(("base_url", "scope", "vouches_for", "client_secret"), "x" * 2000)
    rules = {
        f"access_rules-{n}-{name}": value
        for n in range(100)
        for name, value in {
            "id": "",
            "kind": "email",
            "value": "x" * 60,
            "groups": "y" * 60,
        }.items()
    }
    page = f"/admin/providers/provider/{provider.pk}/change/"
    assert client.post(page, columns | rules).status_code == 200


# Without a length


def behind_the_wrapper() -> tuple[list[dict[str, Any]], Application]:
    """Return what the site behind it is asked, and the site."""
    asked: list[dict[str, Any]] = []

    def site(environ: dict[str, Any], _: object) -> list[bytes]:
        asked.append(environ)
        return []

    return asked, with_measured_body(site)


def chunks(body: BytesIO) -> dict[str, Any]:
    """Send a body in chunks, as a server hands it on; give what the site is asked."""
    asked, site = behind_the_wrapper()
    stream = {"wsgi.input": body, "HTTP_TRANSFER_ENCODING": "chunked"}
    environ = dict(RequestFactory().post("/").environ)
    site(environ | stream | {"CONTENT_LENGTH": ""}, lambda *_: None)
    return asked[0]


def test_a_body_in_chunks_is_read_as_any_other() -> None:
    environ = chunks(BytesIO(b"a=b"))
    assert (environ["CONTENT_LENGTH"], environ["wsgi.input"].read()) == ("3", b"a=b")


def test_of_a_large_body_in_chunks_no_more_is_read_than_shows_it() -> None:
    assert chunks(BytesIO(b"x" * 300_000))["CONTENT_LENGTH"] == str(MOST + 1)


def test_a_body_in_chunks_that_stops_is_shorter_than_it_says() -> None:
    environ = chunks(Stalled())
    assert (environ["CONTENT_LENGTH"], environ["wsgi.input"].read()) == ("1", b"")


def test_a_body_with_a_length_is_left_to_be_read_later() -> None:
    asked, site = behind_the_wrapper()
    body = Unread()
    site({"wsgi.input": body, "CONTENT_LENGTH": "3"}, lambda *_: None)
    assert asked[0]["wsgi.input"] is body
