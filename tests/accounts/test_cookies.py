import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts import cookies
from accounts.models import Session, User
from accounts.session_tokens import issue_session_token


@pytest.fixture
def _https(settings: Settings) -> None:
    settings.IS_HTTPS, settings.COOKIE_PREFIX = True, "__Host-"


@pytest.mark.parametrize(
    ("header", "pairs"),
    [
        ("", []),
        ("session", []),
        ("session=one", [("session", "one")]),
        ("session=one; session=two", [("session", "one"), ("session", "two")]),
        ("\t session \t=\t one ", [("session", "one")]),
        ('session="one"', [("session", "one")]),
        ("session=a=b", [("session", "a=b")]),
        (";;=x", [("", "x")]),
    ],
    ids=repr,
)
def test_parses_a_cookie_header_as(header: str, pairs: list[tuple[str, str]]) -> None:
    assert cookies.parse(header) == pairs


@pytest.mark.parametrize(
    "name",
    [
        "\xa0__Host-session",
        "\x85__Host-session",
        "__Host-session\xa0",
        "__host-session",
        "__Host-sessions",
        "x__Host-session",
        "session",
        "\x85session",
        "\x1c__Host-session",
    ],
    ids=repr,
)
@pytest.mark.usefixtures("_https")
def test_a_cookie_whose_name_is_not_ours_byte_for_byte_is_not_ours(name: str) -> None:
    request = RequestFactory().get("/", headers={"cookie": f"{name}=planted"})
    assert cookies.values_of(request, "session") == []


@pytest.mark.parametrize("name", ["\x85session", "\xa0session", "session\x85"], ids=repr)
def test_a_look_alike_signs_nobody_in_on_loopback(
    client: Client, alices_token: str, name: str
) -> None:
    answer = client.get("/api/session", headers={"cookie": f"{name}={alices_token}"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.usefixtures("_https")
def test_a_look_alike_does_not_replace_the_cookie_that_the_browser_has(
    client: Client, alice: User, alices_token: str
) -> None:
    header = f"\xa0__Host-session=planted; __Host-session={alices_token}; \x85__Host-session=too"
    answer = client.get("/api/session", headers={"cookie": header})
    assert answer.json()["sub"] == str(alice.pk)


def test_of_several_cookies_of_one_name_the_first_that_validates_counts(
    client: Client, alices_session: Session, bob: User
) -> None:
    alices = issue_session_token(alices_session, alices_session.user)
    bobs = issue_session_token(alices_session, bob)
    header = f"session=broken; session={alices}; session={bobs}"
    answer = client.get("/api/session", headers={"cookie": header})
    assert answer.json()["sub"] == str(alices_session.user_id)


def test_every_value_of_one_name_is_kept_in_order() -> None:
    request = RequestFactory().get("/", headers={"cookie": "session=1; x=2; session=3"})
    assert cookies.values_of(request, "session") == ["1", "3"]


def test_finds_all_cookies_that_begin_with_a_prefix() -> None:
    header = "signin-a=1; signin-b=2; xsignin-c=3; \xa0signin-d=4"
    request = RequestFactory().get("/", headers={"cookie": header})
    assert cookies.cookies_under(request, "signin-") == [("signin-a", "1"), ("signin-b", "2")]


@pytest.mark.usefixtures("_https")
def test_on_https_a_cookie_is_pinned_to_this_host_and_hidden_from_scripts() -> None:
    response = HttpResponse()
    cookies.set_cookie(response, "session", "value", max_age=60)
    expected = (
        "__Host-session=value; HttpOnly; Max-Age=60; Path=/; SameSite=Lax; Secure"  # no Domain
    )
    sent = response.cookies["__Host-session"].OutputString()
    assert sorted(part for part in sent.split("; ") if "expires" not in part) == sorted(
        expected.split("; ")
    )


def test_on_loopback_http_a_cookie_has_no_prefix_and_is_not_secure() -> None:
    response = HttpResponse()
    cookies.set_cookie(response, "session", "value", max_age=60)
    assert not response.cookies["session"]["secure"]
    assert response.cookies["session"]["httponly"]


def test_a_response_that_sets_a_cookie_is_never_stored() -> None:
    response = HttpResponse(headers={"Cache-Control": "public, max-age=60"})
    cookies.set_cookie(response, "session", "value", max_age=60)
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.usefixtures("_https")
def test_a_cookie_is_taken_back_with_the_attributes_it_was_set_with() -> None:
    response = HttpResponse()
    cookies.delete_cookie(response, "session")
    morsel = response.cookies["__Host-session"]
    assert (morsel.value, morsel["max-age"], morsel["path"]) == ("", 0, "/")
    assert morsel["secure"]
    assert morsel["samesite"] == "Lax"
