"""Providers that only allauth knows, Discord and Reddit standing for them."""

import base64
import logging
from typing import Any

import pytest
import requests
import responses
from django.test import Client

from providers.models import Provider
from sessions.models import Session, User
from tests.fakes import add_provider, begin, come_back, failure_code

pytestmark = pytest.mark.django_db
TOKEN = "https://discord.com/api/oauth2/token"
PROFILE = "https://discord.com/api/users/@me"


@pytest.fixture
def discord() -> Provider:
    return add_provider("discord", "discord")


def vouch(**profile: Any) -> None:
    token = {"access_token": "at-1", "token_type": "Bearer", "expires_in": 604800}
    known = {
        "id": "80351110224678912",
        "username": "alice",
        "global_name": "Alice Archer",
        "discriminator": "0",
        "avatar": None,
        "email": "alice@example.com",
        "verified": True,
    }
    responses.post(TOKEN, json=token)
    responses.get(PROFILE, json=known | profile)


def sign_in(client: Client) -> str:
    state = begin(client, "discord")["state"]
    return come_back(client, "discord", code="c", state=state)["Location"]


@responses.activate
def test_somebody_signs_in(client: Client, discord: Provider) -> None:
    vouch()
    assert sign_in(client) == "/account/"
    claims = client.get("/api/session").json()
    assert (claims["idp"], claims["email"]) == ("discord", "alice@example.com")
    assert claims["email_verified"] is True
    assert [call.request.url for call in responses.calls] == [TOKEN, PROFILE]


def test_state_and_pkce_are_sent_whatever_allauth_would_do(
    client: Client, discord: Provider
) -> None:
    asked = begin(client, "discord")
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) == 43
    assert asked["redirect_uri"] == "http://localhost:8000/sign-in/discord/callback/"


@responses.activate
@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ({"id": None}, "subject_invalid"),
        ({"id": ""}, "profile_malformed"),
        ({"id": "a\x00"}, "subject_invalid"),
        ({"id": ["5"]}, "subject_invalid"),
        ({"id": "x" * 192}, "subject_invalid"),
    ],
    ids=str,
)
def test_a_profile_of_another_shape_fails_cleanly(
    client: Client,
    discord: Provider,
    caplog: pytest.LogCaptureFixture,
    profile: dict[str, Any],
    code: str,
) -> None:
    caplog.set_level(logging.INFO)
    vouch(**profile)
    assert sign_in(client).startswith("/sign-in/failed/")
    assert failure_code(caplog.text) == code
    assert (User.objects.count(), Session.objects.count()) == (0, 0)


@responses.activate
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"body": "<html>"}, "profile_malformed"),
        ({"body": requests.ConnectionError()}, "connection_failed"),
    ],
    ids=["html", "no connection"],
)
def test_an_api_that_does_not_answer_fails_cleanly(
    client: Client,
    discord: Provider,
    caplog: pytest.LogCaptureFixture,
    answer: dict[str, Any],
    code: str,
) -> None:
    caplog.set_level(logging.INFO)
    vouch()
    responses.replace("GET", PROFILE, **answer)
    sign_in(client)
    assert failure_code(caplog.text) == code


@responses.activate
def test_a_provider_that_wants_basic_gets_basic(client: Client) -> None:
    add_provider("reddit", "reddit")
    url = "https://www.reddit.com/api/v1/access_token"
    responses.post(url, json={"access_token": "at-1"})
    responses.get("https://oauth.reddit.com/api/v1/me.json", json={"name": "alice"})
    come_back(client, "reddit", code="c", state=begin(client, "reddit")["state"])
    pair = base64.b64encode(b"client-1:the+client+secret").decode()
    assert responses.calls[0].request.headers["Authorization"] == f"Basic {pair}"


@responses.activate
def test_an_api_that_refuses_the_token_is_told_apart(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    add_provider("lichess", "lichess")
    responses.post("https://lichess.org/api/token", json={"access_token": "at-1"})
    responses.get("https://lichess.org/api/account", status=401, json={})
    come_back(client, "lichess", code="c", state=begin(client, "lichess")["state"])
    assert failure_code(caplog.text) == "profile_refused"


@responses.activate
@pytest.mark.parametrize("verified", ["false", "true", 1, None, ["x"]], ids=str)
def test_an_address_counts_as_verified_only_by_json_true(
    client: Client, discord: Provider, verified: object
) -> None:
    vouch(verified=verified)
    sign_in(client)
    assert client.get("/api/session").json()["email_verified"] is False


@responses.activate
def test_an_address_that_no_member_of_the_profile_vouches_for_is_not_verified(
    client: Client,
) -> None:
    add_provider("disqus", "disqus")
    responses.post("https://disqus.com/api/oauth/2.0/access_token/", json={"access_token": "at-1"})
    profile = {"id": "7", "username": "alice", "email": "alice@example.com"}
    url = "https://disqus.com/api/3.0/users/details.json"
    responses.get(url, json={"response": profile})
    come_back(client, "disqus", code="c", state=begin(client, "disqus")["state"])
    assert client.get("/api/session").json()["email_verified"] is False


@responses.activate
@pytest.mark.parametrize(("verified", "counts"), [(True, True), ("true", False), (None, False)])
def test_a_verdict_may_stand_inside_an_object(
    client: Client, verified: object, counts: bool
) -> None:
    add_provider("patreon", "patreon")
    responses.post("https://www.patreon.com/api/oauth2/token", json={"access_token": "at-1"})
    attributes = {
        "email": "alice@example.com",
        "full_name": "Alice Archer",
        "is_email_verified": verified,
        "thumb_url": "https://pictures.example/alice.png",
        "vanity": "alice",
    }
    told = {"data": {"type": "user", "id": "7", "attributes": attributes, "relationships": {}}}
    responses.get("https://www.patreon.com/api/oauth2/api/current_user", json=told)
    come_back(client, "patreon", code="c", state=begin(client, "patreon")["state"])
    assert client.get("/api/session").json()["email_verified"] is counts


@responses.activate
def test_an_unnamed_member_of_a_profile_proves_nothing(client: Client) -> None:
    add_provider("disqus", "disqus")
    responses.post("https://disqus.com/api/oauth/2.0/access_token/", json={"access_token": "at-1"})
    profile = {"id": "7", "username": "alice", "email": "alice@example.com", "": True}
    url = "https://disqus.com/api/3.0/users/details.json"
    responses.get(url, json={"response": profile})
    come_back(client, "disqus", code="c", state=begin(client, "disqus")["state"])
    assert client.get("/api/session").json()["email_verified"] is False


@responses.activate
def test_the_login_becomes_the_handle(client: Client, discord: Provider) -> None:
    vouch(username="Alice.A", global_name="Somebody else")
    sign_in(client)
    assert User.objects.get().handle == "alice.a"
