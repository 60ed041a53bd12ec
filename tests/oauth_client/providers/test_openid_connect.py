import logging
from typing import Any

import pytest
import responses
from django.test import Client

from accounts.models import Session, User
from tests.fakes import ISSUER, FakeIssuer, add_provider, begin, come_back, failure_code

pytestmark = pytest.mark.django_db


def sign_in(client: Client, issuer: FakeIssuer) -> str:
    issuer.publish()
    asked = begin(client)
    issuer.vouch(asked["nonce"])
    return come_back(client, code="c", state=asked["state"])["Location"]


@responses.activate
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"claims": {"nonce": "another"}}, "nonce_mismatch"),
        ({"claims": {"iss": "https://mallory.example"}}, "issuer_mismatch"),
        ({"claims": {"at_hash": "wrong"}}, "at_hash_mismatch"),
        ({"token": {"id_token": None}}, "id_token_missing"),
        ({"token": {"id_token": "a.b.c"}}, "id_token_malformed"),
        ({"claims": {"email": None}, "userinfo": {"sub": "mallory"}}, "subject_mismatch"),
        ({"claims": {"email": None}, "userinfo": {}}, "subject_mismatch"),
    ],
    ids=str,
)
def test_refuses_an_openid_provider_with(
    client: Client, caplog: pytest.LogCaptureFixture, changes: dict[str, Any], code: str
) -> None:
    caplog.set_level(logging.INFO)
    add_provider("demo")
    sign_in(client, FakeIssuer(responses.mock, **changes))
    assert failure_code(caplog.text) == code
    assert (User.objects.count(), Session.objects.count()) == (0, 0)


@responses.activate
def test_nobody_is_sent_to_an_issuer_that_calls_itself_otherwise(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    FakeIssuer(responses.mock, metadata={"issuer": "https://mallory.example"}).publish()
    add_provider("demo")
    answer = client.post("/sign-in/demo/")
    assert answer["Location"].startswith("/sign-in/failed/")
    assert failure_code(caplog.text) == "issuer_mismatch"


@responses.activate
@pytest.mark.parametrize("value", ["true", 1, None, [True]], ids=str)
def test_an_address_counts_as_verified_only_by_json_true(client: Client, value: object) -> None:
    add_provider("demo")
    sign_in(client, FakeIssuer(responses.mock, claims={"email_verified": value}))
    assert client.get("/api/session").json()["email_verified"] is False


@responses.activate
@pytest.mark.parametrize(
    ("claims", "userinfo", "told"),
    [
        ({"email": None}, {"email": "a@example.com"}, ("a@example.com", False)),
        ({"name": None}, {"email": "mallory@example.net"}, ("alice@example.com", True)),
        (
            {"name": None, "email_verified": None},
            {"email": "mallory@example.net", "email_verified": True},
            ("alice@example.com", False),
        ),
    ],
    ids=["verdict in the ID token", "address in userinfo", "verdict in userinfo"],
)
def test_an_address_is_verified_only_by_whoever_told_it(
    client: Client, claims: dict[str, Any], userinfo: dict[str, Any], told: tuple[str, bool]
) -> None:
    add_provider("demo")
    userinfo = {"sub": "alice-at-op"} | userinfo
    sign_in(client, FakeIssuer(responses.mock, claims=claims, userinfo=userinfo))
    session = client.get("/api/session").json()
    assert (session["email"], session["email_verified"]) == told


@responses.activate
def test_without_a_userinfo_endpoint_the_id_token_is_all_there_is(client: Client) -> None:
    add_provider("demo")
    metadata = {"userinfo_endpoint": None}
    sign_in(client, FakeIssuer(responses.mock, metadata, claims={"email": None}))
    assert "email" not in client.get("/api/session").json()


@responses.activate
def test_openid_is_asked_for_whatever_scope_the_admin_chose(client: Client) -> None:
    add_provider("demo", scope="email groups")
    FakeIssuer(responses.mock).publish()
    asked = begin(client)
    assert asked["scope"] == "openid email groups"
    assert "nonce" in asked


@responses.activate
def test_google_is_an_openid_provider_with_an_issuer_of_its_own(client: Client) -> None:
    google = "https://accounts.google.com"
    document = {
        "issuer": google,
        "authorization_endpoint": f"{google}/o/oauth2/v2/auth",
        "token_endpoint": "https://oauth2.googleapis.com/token",
        "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
    }
    responses.get(f"{google}/.well-known/openid-configuration", json=document)
    add_provider("google", "google")
    answer = client.post("/sign-in/google/")
    assert answer["Location"].startswith(f"{google}/o/oauth2/v2/auth?response_type=code")


@responses.activate
def test_the_same_sub_through_another_provider_is_another_person(client: Client) -> None:
    add_provider("demo")
    sign_in(client, FakeIssuer(responses.mock, claims={"email": "one@example.com"}))
    responses.reset()
    add_provider("other", base_url=ISSUER)
    issuer = FakeIssuer(responses.mock, claims={"email": "two@example.com"})
    issuer.publish()
    browser = Client(headers={"host": "localhost:8000"})
    asked = begin(browser, "other")
    issuer.vouch(asked["nonce"])
    come_back(browser, "other", code="c", state=asked["state"])
    assert User.objects.count() == 2
