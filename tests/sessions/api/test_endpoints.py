from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from sessions.models import Session, User
from tests.conftest import BASE_URL
from tests.sessions.tokens import claims_of

pytestmark = pytest.mark.django_db


def test_answers_the_claims_of_a_bearer_token(client: Client, alices_token: str) -> None:
    answer = client.get("/api/session", headers={"authorization": f"Bearer {alices_token}"})
    assert answer.json() == claims_of(alices_token)
    assert answer["Cache-Control"] == "no-store"


def test_answers_the_claims_of_a_cookie(alices_browser: Client, alices_token: str) -> None:
    assert alices_browser.get("/api/session").json() == claims_of(alices_token)


def test_answers_without_a_query(
    alices_browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert alices_browser.get("/api/session").status_code == 200


def test_refuses_without_a_query(
    alices_browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = alices_browser.get("/api/session", headers={"authorization": "Bearer x"})
    assert answer.status_code == 401


def test_answers_head(alices_browser: Client) -> None:
    answer = alices_browser.head("/api/session")
    assert (answer.status_code, answer.content) == (200, b"")


def test_asks_a_stranger_for_a_token_and_names_no_error(client: Client) -> None:
    answer = client.get("/api/session")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Bearer broken", "Basic YTpi", "Digest x", "", "bearer a b", "\u00e4"],
    ids=repr,
)
def test_a_bad_authorization_header_never_falls_back_to_a_good_cookie(
    alices_browser: Client, authorization: str
) -> None:
    answer = alices_browser.get("/api/session", headers={"authorization": authorization})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_may_be_written(client: Client, alices_token: str, scheme: str) -> None:
    answer = client.get("/api/session", headers={"authorization": f"{scheme}  {alices_token} "})
    assert answer.status_code == 200


def test_a_good_authorization_header_wins_over_a_broken_cookie(
    client: Client, alices_token: str
) -> None:
    client.cookies["session"] = "broken"
    answer = client.get("/api/session", headers={"authorization": f"Bearer {alices_token}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "options"])
def test_does_not_know(alices_browser: Client, method: str) -> None:
    answer = getattr(alices_browser, method)("/api/session")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, DELETE"


def test_a_token_in_the_address_signs_nobody_in(client: Client, alices_token: str) -> None:
    answer = client.get("/api/session", {"access_token": alices_token})
    assert answer.status_code == 401


# Signing out


def test_a_bearer_token_signs_out_and_is_refused_at_once(
    client: Client, alices_session: Session, alices_token: str
) -> None:
    headers = {"authorization": f"Bearer {alices_token}"}
    answer = client.delete("/api/session", headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get("/api/session", headers=headers).status_code == 401
    alices_session.refresh_from_db()
    assert alices_session.revoked_at is not None


SAME_SITE: dict[str, dict[str, str]] = {
    "our origin": {"origin": BASE_URL},
    "our origin, said twice": {"origin": BASE_URL, "sec-fetch-site": "same-origin"},
}
CROSS_SITE: dict[str, dict[str, str]] = {
    "no origin": {},
    "another origin": {"origin": "https://mallory.example"},
    "another port": {"origin": "http://localhost:9000"},
    "another scheme": {"origin": "https://localhost:8000"},
    "a sandboxed page": {"origin": "null"},
    "our origin, from another site": {"origin": BASE_URL, "sec-fetch-site": "cross-site"},
    "our origin, from a sibling": {"origin": BASE_URL, "sec-fetch-site": "same-site"},
    "our origin, typed": {"origin": BASE_URL, "sec-fetch-site": "none"},
    "same-origin without origin": {"sec-fetch-site": "same-origin"},
    "only a referrer": {"referer": f"{BASE_URL}/account/"},
}


@pytest.mark.parametrize("headers", SAME_SITE.values(), ids=SAME_SITE)
def test_a_cookie_signs_out_from_a_page_of_this_site(
    alices_browser: Client, alices_token: str, headers: dict[str, Any]
) -> None:
    answer = alices_browser.delete("/api/session", headers=headers)
    assert answer.status_code == 204
    assert answer.cookies["session"].value == ""
    assert alices_browser.get("/api/session").status_code == 401


@pytest.mark.parametrize("headers", CROSS_SITE.values(), ids=CROSS_SITE)
def test_a_cookie_does_not_sign_out_with(alices_browser: Client, headers: dict[str, Any]) -> None:
    answer = alices_browser.delete("/api/session", headers=headers)
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert alices_browser.get("/api/session").status_code == 200


def test_a_stranger_cannot_sign_out(client: Client) -> None:
    answer = client.delete("/api/session", headers={"origin": BASE_URL})
    assert answer.status_code == 401


def test_signing_out_ends_no_other_session(client: Client, alice: User, alices_token: str) -> None:
    from tests.fakes import session_token

    other = session_token(alice)
    client.delete("/api/session", headers={"authorization": f"Bearer {alices_token}"})
    answer = client.get("/api/session", headers={"authorization": f"Bearer {other}"})
    assert answer.status_code == 200
