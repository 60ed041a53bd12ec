import logging
from typing import Any

import jwt
import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from providers import discovery
from sessions.models import Session, User
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


@responses.activate
def test_somebody_whose_sub_has_255_characters_comes_back_as_the_same_person(
    client: Client,
) -> None:
    """OpenID Connect Core §2: what an account's column holds has to be as long."""
    add_provider("demo")
    for _ in range(2):
        assert sign_in(client, FakeIssuer(responses.mock, claims={"sub": "a" * 255})) == "/account/"
        responses.reset()
        discovery.forget()
    assert (User.objects.count(), SocialAccount.objects.get().uid) == (1, "a" * 255)


@responses.activate
def test_somebody_signs_in_with_a_code_of_6000_characters(client: Client) -> None:
    add_provider("demo")
    issuer = FakeIssuer(responses.mock)
    issuer.publish()
    asked = begin(client)
    issuer.vouch(asked["nonce"])
    answer = come_back(client, code="0.AX-" * 1200, state=asked["state"])
    assert answer["Location"] == "/account/"


@responses.activate
@pytest.mark.parametrize("value", [None, ""], ids=repr)
@pytest.mark.parametrize("name", ["email", "name"])
def test_userinfo_is_asked_for_what_the_id_token_says_nothing_of(
    client: Client, name: str, value: object
) -> None:
    add_provider("demo")
    told = {"email": "alice@example.com", "name": "Alice Archer"}
    issuer = FakeIssuer(responses.mock, userinfo={"sub": "alice-at-op"} | told)
    issuer.publish()
    asked = begin(client)
    issuer.empty = {name: value}
    issuer.vouch(asked["nonce"])
    come_back(client, code="c", state=asked["state"])
    assert client.get("/api/session").json()[name] == told[name]


@responses.activate
def test_userinfo_may_come_signed(client: Client) -> None:
    """OpenID Connect Core §5.3.2."""
    add_provider("demo")
    issuer = FakeIssuer(responses.mock, claims={"email": None})
    claims = {"sub": "alice-at-op", "email": "alice@example.com", "iss": ISSUER, "aud": "client-1"}
    body = jwt.encode(claims, issuer.key, "ES256", {"kid": issuer.kid})
    responses.get(f"{ISSUER}/userinfo", body=body, content_type="application/jwt")
    assert sign_in(client, issuer) == "/account/"
    assert client.get("/api/session").json()["email"] == "alice@example.com"
    assert responses.calls[-1].request.headers["Accept"] == "application/json, application/jwt"


@responses.activate
def test_signed_userinfo_of_somebody_else_is_refused(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    add_provider("demo")
    issuer = FakeIssuer(responses.mock, claims={"email": None})
    body = jwt.encode({"sub": "mallory"}, issuer.key, "ES256", {"kid": issuer.kid})
    responses.get(f"{ISSUER}/userinfo", body=body, content_type="application/jwt")
    sign_in(client, issuer)
    assert failure_code(caplog.text) == "subject_mismatch"


@responses.activate
@pytest.mark.parametrize(
    ("base_url", "issuer"),
    [
        (f"{ISSUER}/.well-known/openid-configuration", ISSUER),
        (f"{ISSUER}/.well-known/openid-configuration", f"{ISSUER}/"),
        (f"{ISSUER}/one/.well-known/openid-configuration", f"{ISSUER}/one"),
        (f"{ISSUER}/.well-known/openid-configuration/one", f"{ISSUER}/one"),
        (f"{ISSUER}/.well-known/oauth-authorization-server/one", f"{ISSUER}/one"),
    ],
)
def test_the_address_of_a_document_may_be_entered_as_the_base_url(
    client: Client, base_url: str, issuer: str
) -> None:
    add_provider("demo", base_url=base_url)
    op = FakeIssuer(responses.mock, metadata={"issuer": issuer}, claims={"iss": issuer})
    op.publish()
    responses.get(base_url, json=op.document)
    assert sign_in(client, op) == "/account/"


@responses.activate
def test_azure_ad_b2c_has_a_document_for_each_policy_and_one_issuer(client: Client) -> None:
    """2026-11, learn.microsoft.com, "Overview of tokens in Azure Active Directory B2C"."""
    b2c = "https://team.b2clogin.com"
    issuer = f"{b2c}/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/"
    policy = f"{b2c}/team.onmicrosoft.com/B2C_1_sign_in/v2.0"
    add_provider("demo", base_url=policy, extra={"issuer": issuer})
    op = FakeIssuer(responses.mock, metadata={"issuer": issuer}, claims={"iss": issuer})
    responses.get(f"{policy}/.well-known/openid-configuration", json=op.document)
    assert sign_in(client, op) == "/account/"


@responses.activate
def test_an_issuer_that_was_entered_is_the_only_one(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    add_provider("demo", extra={"issuer": "https://other.example/"})
    FakeIssuer(responses.mock).publish()
    client.post("/sign-in/demo/")
    assert failure_code(caplog.text) == "issuer_mismatch"


@responses.activate
@pytest.mark.parametrize("kid", ["key-1", None], ids=["same kid", "no kid"])
def test_a_provider_that_replaces_its_key_stops_no_sign_in(client: Client, kid: str | None) -> None:
    add_provider("demo")
    for _ in range(2):
        issuer = FakeIssuer(responses.mock)
        responses.reset()
        issuer.publish()
        responses.replace("GET", f"{ISSUER}/jwks", json={"keys": [issuer.jwk() | {"kid": kid}]})
        assert sign_in(client, issuer) == "/account/"
