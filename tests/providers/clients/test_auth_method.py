"""How the client secret travels is the admin's choice, for every kind of provider."""

import base64
from typing import Any
from urllib.parse import parse_qsl

import pytest
import responses
from django.core.exceptions import ValidationError
from django.test import Client

from tests.fakes import GITHUB_TOKEN, ISSUER, FakeIssuer, add_provider, begin, come_back
from tests.providers.clients.answers.entry import APPLE_EXTRA

pytestmark = pytest.mark.django_db
BASIC, POST = "client_secret_basic", "client_secret_post"
HEADER = "Basic " + base64.b64encode(b"client-1:the+client+secret").decode()
GOOGLE = "https://accounts.google.com"
TOKEN_ENDPOINTS = {
    "github": GITHUB_TOKEN,
    "google": "https://oauth2.googleapis.com/token",
    "openid_connect": f"{ISSUER}/token",
    "discord": "https://discord.com/api/oauth2/token",
    "reddit": "https://www.reddit.com/api/v1/access_token",
}


def method_seen(client: Client, kind: str, **fields: Any) -> str:
    """Go as far as the token endpoint, and return how it was told the secret."""
    publish_issuers()
    slug = "demo" if kind == "openid_connect" else kind
    add_provider(slug, kind, **fields)
    responses.post(TOKEN_ENDPOINTS[kind], json={"error": "invalid_client"}, status=401)
    come_back(client, slug, code="c", state=begin(client, slug)["state"])
    (request,) = (call.request for call in responses.calls if call.request.method == "POST")
    sent = dict(parse_qsl(str(request.body)))
    in_header = request.headers.get("Authorization") == HEADER
    in_body = (sent.get("client_id"), sent.get("client_secret")) == (
        "client-1",
        "the client secret",
    )
    assert in_header != in_body, "one method in each request (RFC 6749 §2.3)"
    assert not (in_header and {"client_id", "client_secret"} & set(sent))
    return BASIC if in_header else POST


def publish_issuers() -> None:
    """Publish two issuers, each of which says that it takes the other method only."""
    supported = "token_endpoint_auth_methods_supported"
    FakeIssuer(responses.mock, metadata={supported: [POST]}).publish()
    document = {
        "issuer": GOOGLE,
        "authorization_endpoint": f"{GOOGLE}/o/oauth2/v2/auth",
        "token_endpoint": TOKEN_ENDPOINTS["google"],
        "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
        supported: [BASIC],
    }
    responses.get(f"{GOOGLE}/.well-known/openid-configuration", json=document)


@responses.activate
@pytest.mark.parametrize("method", [BASIC, POST])
@pytest.mark.parametrize("kind", TOKEN_ENDPOINTS)
def test_the_secret_is_sent_as_the_admin_chose(client: Client, kind: str, method: str) -> None:
    assert method_seen(client, kind, token_endpoint_auth_method=method) == method


@responses.activate
@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("github", POST),
        ("google", POST),
        ("openid_connect", BASIC),
        ("discord", POST),
        ("reddit", BASIC),
    ],
)
def test_without_a_choice_it_is_sent_as_the_kind_expects_whatever_discovery_says(
    client: Client, kind: str, method: str
) -> None:
    assert method_seen(client, kind) == method


def test_apple_leaves_no_choice() -> None:
    with pytest.raises(ValidationError, match="supports one method only"):
        add_provider("apple", "apple", extra=APPLE_EXTRA, token_endpoint_auth_method=BASIC)
