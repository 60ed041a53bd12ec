"""The sign-in in its own order: what we send, what we get, and what becomes of it."""

import base64
import hashlib
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import pytest
import responses
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from sessions import revocation
from sessions.models import Session, User
from tests.fakes import (
    ACCESS_TOKEN,
    GITHUB_EMAILS,
    GITHUB_TOKEN,
    GITHUB_USER,
    ISSUER,
    FakeGitHub,
    FakeIssuer,
    add_provider,
    begin,
    come_back,
)

pytestmark = pytest.mark.django_db
BASIC = base64.b64encode(b"client-1:the+client+secret").decode()


@responses.activate
def test_a_visitor_signs_in_with_an_openid_provider(client: Client) -> None:
    issuer = FakeIssuer(responses.mock)
    issuer.publish()

    # 1 The application is registered.
    provider = add_provider("demo", name="Demo")
    assert provider.redirect_uri == "http://localhost:8000/sign-in/demo/callback/"

    # 2 The visitor is asked.
    page = client.get("/sign-in/", {"next": "/account/?from=here"})
    assert "Sign in with <bdi>Demo</bdi>" in page.content.decode()

    # 3 The visitor is redirected to the authorization endpoint.
    answer = client.post("/sign-in/demo/", {"next": "/account/?from=here"})
    address, _, query = answer["Location"].partition("?")
    asked = dict(parse_qsl(query))
    assert (answer.status_code, address) == (303, f"{ISSUER}/authorize")
    assert asked == {
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": "http://localhost:8000/sign-in/demo/callback/",
        "scope": "openid profile email",
        "state": asked["state"],
        "nonce": asked["nonce"],
        "code_challenge": asked["code_challenge"],
        "code_challenge_method": "S256",
    }
    assert len(asked["state"]) == len(asked["nonce"]) == len(asked["code_challenge"]) == 43

    # 4 The visitor comes back with the authorization code.
    issuer.vouch(asked["nonce"])
    back = come_back(client, code="the-code", state=asked["state"])
    assert (back.status_code, back["Location"]) == (303, "/account/?from=here")

    # 5 The code was sent to the token endpoint, with the verifier of our challenge.
    request = responses.calls[-2].request
    sent = dict(parse_qsl(str(request.body)))
    digest = hashlib.sha256(sent.pop("code_verifier").encode()).digest()
    assert (request.method, request.url) == ("POST", f"{ISSUER}/token")
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"] == f"Basic {BASIC}"
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
    assert sent == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": "http://localhost:8000/sign-in/demo/callback/",
    }

    # 6 The ID token was believed only with the provider's key.
    assert responses.calls[-1].request.url == f"{ISSUER}/jwks"

    # 7 It said all there is to know: no further request.
    assert [call.request.method for call in responses.calls] == ["GET", "POST", "GET"]

    # 8 The session JWT is issued, and verifies with our published keys alone.
    jwk = client.get("/.well-known/jwks.json").json()["keys"][0]
    token = client.cookies["session"].value
    claims = jwt.decode(token, jwt.PyJWK(jwk), audience="http://localhost:8000")
    user = User.objects.get()
    assert claims["sub"] == str(user.pk)
    assert claims["sid"] == str(Session.objects.get().pk)
    assert (claims["idp"], claims["email"], claims["email_verified"]) == (
        "demo",
        "alice@example.com",
        True,
    )
    assert "Alice Archer" in client.get("/account/").content.decode()


@responses.activate
def test_a_visitor_signs_in_with_github(client: Client) -> None:
    add_provider("github", "github")
    asked = begin(client, "github")
    assert asked["scope"] == "user:email"
    assert "nonce" not in asked

    FakeGitHub(responses.mock).vouch()
    answer = come_back(client, "github", code="the-code", state=asked["state"])

    assert (answer.status_code, answer["Location"]) == (303, "/account/")
    requests = [call.request for call in responses.calls]
    assert [request.url for request in requests] == [GITHUB_TOKEN, GITHUB_USER, GITHUB_EMAILS]
    assert requests[1].headers["Authorization"] == f"Bearer {ACCESS_TOKEN}"
    claims = client.get("/api/session").json()
    assert (claims["name"], claims["email"], claims["email_verified"]) == (
        "Alice Archer",
        "alice@example.com",
        True,
    )


@responses.activate
def test_a_returning_sign_in_with_openid_connect_costs_6_queries_and_1_request(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    issuer = FakeIssuer(responses.mock)
    issuer.publish()
    add_provider("demo")
    _sign_in(client, issuer)
    browser = Client(headers={"host": "localhost:8000"})

    responses.calls.reset()
    with django_assert_max_num_queries(6):
        _sign_in(browser, issuer)

    assert [call.request.url for call in responses.calls] == [f"{ISSUER}/token"]
    assert User.objects.count() == 1


@responses.activate
def test_a_returning_sign_in_asks_userinfo_only_for_what_the_id_token_does_not_say(
    client: Client,
) -> None:
    userinfo = {"sub": "alice-at-op", "name": "Alice Archer", "email": "alice@example.com"}
    issuer = FakeIssuer(responses.mock, claims={"name": None, "email": None}, userinfo=userinfo)
    issuer.publish()
    add_provider("demo")
    _sign_in(client, issuer)

    responses.calls.reset()
    _sign_in(Client(headers={"host": "localhost:8000"}), issuer)

    urls = [call.request.url for call in responses.calls]
    assert urls == [f"{ISSUER}/token", f"{ISSUER}/userinfo"]


@responses.activate
@pytest.mark.parametrize(
    "shown",
    ["alice@example.com", None],
    ids=["profile with the address we know", "profile without address"],
)
def test_a_returning_sign_in_with_github_costs_6_queries_and_3_requests(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, shown: str | None
) -> None:
    add_provider("github", "github")
    FakeGitHub(responses.mock, user={"email": shown}).vouch()
    come_back(client, "github", code="c", state=begin(client, "github")["state"])
    browser = Client(headers={"host": "localhost:8000"})

    responses.calls.reset()
    with django_assert_max_num_queries(6):
        come_back(browser, "github", code="c", state=begin(browser, "github")["state"])

    urls = [call.request.url for call in responses.calls]
    assert urls == [GITHUB_TOKEN, GITHUB_USER, GITHUB_EMAILS]
    assert browser.get("/api/session").json()["email_verified"] is True


@responses.activate
def test_asking_who_is_signed_in_costs_no_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    issuer = FakeIssuer(responses.mock)
    issuer.publish()
    add_provider("demo")
    _sign_in(client, issuer)
    revocation.read()  # as every process does with its first request, and its thread thereafter

    with django_assert_num_queries(0):
        assert client.get("/api/session").status_code == 200


@responses.activate
def test_nothing_in_the_visitors_request_reaches_the_authorization_request(client: Client) -> None:
    FakeIssuer(responses.mock).publish()
    add_provider("demo")
    hostile = "?client_id=mallory&redirect_uri=https://mallory.example&scope=admin&prompt=none"
    form = {"state": "chosen", "code_challenge_method": "plain", "auth_params": "x=y", "scope": "a"}

    answer = client.post(f"/sign-in/demo/{hostile}", form)

    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert asked["client_id"] == ["client-1"]
    assert asked["scope"] == ["openid profile email"]
    assert asked["state"] != ["chosen"]
    assert set(asked) == {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }


def _sign_in(browser: Client, issuer: FakeIssuer) -> None:
    asked = begin(browser)
    responses.remove("POST", f"{ISSUER}/token")
    issuer.vouch(asked["nonce"])
    assert come_back(browser, code="the-code", state=asked["state"])["Location"] == "/account/"
