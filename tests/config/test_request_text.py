"""Text that no database keeps, wherever it stands in a request."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from audit.events import Action
from audit.models import AuditEvent
from audit.recording import write
from config.request_text import AS_BYTES, RequestTextMiddleware, as_text, is_text
from sessions.models import User
from tests.fakes import session_token

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
    assert is_text(value) is (value == text)


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


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_what_was_typed_elsewhere_in_the_form_stays(client: Client) -> None:
    form = "username=r%C3%B6%00&username=b&next=/admin/"
    posted = client.post(LOGIN, form, "application/x-www-form-urlencoded").wsgi_request.POST
    assert posted.getlist("username") == ["rö\ufffd", "b"]
    assert posted["next"] == "/admin/"


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["action__exact=%00", "q=%00", "reference=%00", "o=%00"])
@pytest.mark.parametrize("path", ["", "export.csv", "export.jsonl"])
def test_a_list_is_asked_for_nothing_by_it(client: Client, path: str, query: str) -> None:
    root = User.objects.create(name="Root", is_staff=True, is_superuser=True)
    client.cookies["session"] = session_token(root)
    answer = client.get(f"/admin/audit/auditevent/{path}?{query}")
    assert answer.status_code in (200, 302)
