import pytest
from django.test import Client
from pytest_django import Settings

from config.middleware import MOST_NOTED
from sessions.models import User
from tests.conftest import HOST
from tests.fakes import add_provider, hold, session_token

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.fixture
def _https(settings: Settings) -> None:
    settings.BASE_URL, settings.ALLOWED_HOSTS = "https://id.example.com", ["id.example.com"]


def visit(path: str, host: str, method: str = "get") -> str:
    """Return where a request for that host is redirected to, or the status that it gets."""
    answer = getattr(Client(), method)(path, headers={"host": host})
    return answer.get("Location") or str(answer.status_code)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8000",
        "localhost",
        "localhost:9000",
        "localhost.:8000",
        "mallory.example",
        "localhost:8000.mallory.example",
        "localhost:8000@mallory.example",
        "",
        "[::1",
        "a b",
    ],
    ids=repr,
)
def test_a_page_at_another_host_is_redirected_to_base_url(host: str) -> None:
    there = "http://localhost:8000/sign-in/?next=/admin/"
    assert visit("/sign-in/?next=/admin/", host) == there


def test_a_host_that_a_proxy_may_have_changed_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(2):
        visit("/", "127.0.0.1:8000")
    visit("/", HOST)
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("redirected from host=127.0.0.1:8000 to http://localhost:8000; a proxy")


def test_what_strangers_can_have_logged_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    for number in range(MOST_NOTED + 5):
        visit("/", f"host-{number}.example")
    assert len(caplog.records) == MOST_NOTED


@pytest.mark.parametrize("method", ["get", "head"])
def test_also_for(method: str) -> None:
    assert visit("/x", "mallory.example", method) == "http://localhost:8000/x"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_that_changes_something_is_redirected(method: str) -> None:
    assert visit("/sign-out/", "mallory.example", method) == "400"


def test_a_path_cannot_lead_the_redirect_elsewhere() -> None:
    answer = Client().get("/", PATH_INFO="//mallory.example/x", headers={"host": "127.0.0.1"})
    assert answer["Location"] == "http://localhost:8000//mallory.example/x"


@pytest.mark.parametrize("host", ["localhost:8000", "LOCALHOST:8000"])
@pytest.mark.django_db
def test_the_host_of_base_url_is_answered(host: str) -> None:
    assert visit("/account/", host) == "/sign-in/?next=/account/"


@pytest.mark.parametrize("host", ["mallory.example", "localhost:8000.mallory.example", "a b", ""])
def test_a_form_sent_to_another_host_is_refused(host: str) -> None:
    assert visit("/sign-in/github/", host, "post") == "400"


@pytest.mark.usefixtures("_https")
@pytest.mark.parametrize("host", ["id.example.com", "ID.example.com:443"])
def test_the_default_port_may_be_named(host: str) -> None:
    assert visit("/account/", host) == "/sign-in/?next=/account/"


@pytest.mark.usefixtures("_https")
@pytest.mark.django_db
def test_behind_a_proxy_that_ends_tls_every_request_is_https() -> None:
    client = Client(headers={"host": "id.example.com"})
    answer = client.get("/sign-in/", headers={"x-forwarded-proto": "http"})
    assert answer.wsgi_request.is_secure()
    assert answer.wsgi_request.build_absolute_uri("/") == "https://id.example.com/"


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"])
def test_no_header_changes_where_we_are(name: str) -> None:
    headers = {"host": "localhost", name: "mallory.example"}
    assert Client().get("/x", headers=headers)["Location"] == "http://localhost:8000/x"


# Content-Security-Policy


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/nowhere/", "/api/session", "/account/"])
def test_forms_may_go_only_to_this_site_from(client: Client, path: str) -> None:
    assert client.get(path)["Content-Security-Policy"] == f"{POLICY}; form-action 'self'"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/", "/sign-in/failed/2345-6789/"])
def test_pages_with_sign_in_buttons_send_no_form_action(client: Client, path: str) -> None:
    add_provider()
    assert client.get(path)["Content-Security-Policy"] == POLICY


@pytest.mark.django_db
def test_a_view_may_have_a_stricter_policy_of_its_own(client: Client, alice: User) -> None:
    hold(client, session_token(alice))
    answer = client.get("/account/picture/")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.django_db
def test_pages_cannot_be_framed_guessed_or_followed(client: Client) -> None:
    answer = client.get("/sign-in/")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_host_of_the_tests_is_that_of_base_url(settings: Settings) -> None:
    assert f"http://{HOST}" == settings.BASE_URL
