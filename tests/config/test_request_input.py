"""How large a body may be, and which text no database stores, wherever it stands in a request."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from audit.models import Action, AuditEvent
from audit.recording import write
from config.request_input import (
    AS_BYTES,
    RequestBodyMiddleware,
    RequestTextMiddleware,
    as_text,
    is_readable,
    repair,
)
from sessions.models import User
from tests.fakes import add_provider, hold, session_token

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


def test_a_file_is_kept_in_memory_alone(client: Client) -> None:
    response = client.post("/api/token/", {"token": "x", "file": BytesIO(b"of nobody")})
    assert response.status_code == 200
    assert isinstance(response.wsgi_request.FILES["file"], InMemoryUploadedFile)


def test_too_many_files_are_refused(client: Client) -> None:
    files = {f"file{number}": BytesIO(b"x") for number in range(101)}
    response = client.post("/api/token/", files)
    assert response.status_code == 413


def test_the_longest_form_of_the_admin_has_room(client: Client) -> None:
    """A provider whose every text is as long as it may be, and a hundred rules."""
    root = User.objects.create(name="Root", is_staff=True, is_superuser=True)
    hold(client, session_token(root))
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


# Its type


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "text/plain; charset=utf-8",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "multipart/form-data; boundary=a",
    ],
)
def test_reads(content_type: str) -> None:
    assert is_readable(content_type)


UNREADABLE = [
    "text/plain; a*=x'y'z",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data; charset=hex; boundary=a",
    "text/plain; charset=\x00",
    "text/plain; charset=none-such",
]


@pytest.mark.parametrize("content_type", UNREADABLE)
def test_does_not_read(content_type: str) -> None:
    assert not is_readable(content_type)


def test_a_type_that_can_be_read_is_left_alone() -> None:
    environ = {"CONTENT_TYPE": "text/plain"}
    repair(environ)
    assert environ == {"CONTENT_TYPE": "text/plain"}


# Text


LOGIN = "/admin/login/"
ENCODED = (
    b'--a\r\nContent-Disposition: form-data; name="username"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\ncm9vdAA=\r\n--a--\r\n"
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        ("a b", "a b"),
        ("日本語 \U0001f600", "日本語 \U0001f600"),
        ("a\0b", "a\ufffdb"),
        ("é\0", "é\ufffd"),
        ("\ud800", "\ufffd"),
        ("a\udce9b\0", "a\ufffdb\ufffd"),
    ],
    ids=ascii,
)
def test_what_is_no_text_becomes_a_replacement_character(value: str, text: str) -> None:
    assert as_text(value) == text


def seen(path: str, query: str = "", **headers: str) -> HttpRequest:
    """Return a request as whatever comes after the middleware sees it."""
    request = RequestFactory().get(path)
    request.META |= {"QUERY_STRING": query} | headers
    RequestTextMiddleware(lambda _: HttpResponse())(request)
    return request


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("q=a%00b", "a\ufffdb"),
        ("q=a\0b", "a\ufffdb"),
        ("q=%2500", "%00"),
        ("q=%ED%A0%80", "\ufffd" * 3),
        ("q=100%25", "100%"),
    ],
)
def test_a_query_is_read_as_text(query: str, value: str) -> None:
    assert seen("/", query).GET["q"] == value


def test_a_path_is_read_as_text() -> None:
    request = seen("/admin/a%00b/")
    assert (request.path, request.path_info) == ("/admin/a\ufffdb/", "/admin/a\ufffdb/")


def test_headers_are_read_as_text() -> None:
    request = seen("/", HTTP_USER_AGENT="a\0b", HTTP_REFERER="\udce9", HTTP_COOKIE="csrf=\0")
    assert request.headers["User-Agent"] == f"a{AS_BYTES}b"
    assert request.headers["Referer"] == AS_BYTES
    assert request.META["HTTP_COOKIE"] == f"csrf={AS_BYTES}"


@pytest.mark.parametrize(
    "form",
    [
        ("username=root%00&password=wrong", "application/x-www-form-urlencoded"),
        ("username=root\0&password=wrong", "application/x-www-form-urlencoded"),
        ("us%00ername=root&username=%00", "application/x-www-form-urlencoded"),
        (ENCODED, "multipart/form-data; boundary=a"),
    ],
    ids=["escaped", "raw", "in a name", "as base64"],
)
def test_a_refused_password_is_recorded_whatever_was_typed(
    client: Client, form: tuple[str | bytes, str]
) -> None:
    answer = client.post(LOGIN, *form)
    write()
    assert answer.status_code == 200
    assert AuditEvent.objects.get().action == Action.ADMIN_SIGN_IN_FAILED


def test_what_was_typed_elsewhere_in_the_form_stays(client: Client) -> None:
    form = "username=r%C3%B6%00&username=b&next=/admin/"
    posted = client.post(LOGIN, form, "application/x-www-form-urlencoded").wsgi_request.POST
    assert posted.getlist("username") == ["rö\ufffd", "b"]
    assert posted["next"] == "/admin/"


@pytest.mark.parametrize("query", ["action__exact=%00", "q=%00", "reference=%00", "o=%00"])
@pytest.mark.parametrize("path", ["", "export.csv", "export.jsonl"])
def test_a_list_is_asked_for_nothing_by_it(client: Client, path: str, query: str) -> None:
    root = User.objects.create(name="Root", is_staff=True, is_superuser=True)
    hold(client, session_token(root))
    answer = client.get(f"/admin/audit/auditevent/{path}?{query}")
    assert answer.status_code in (200, 302)
