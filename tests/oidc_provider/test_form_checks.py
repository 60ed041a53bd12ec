"""Which values an app may have: each refusal says what to change."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ValidationError
from jwt.algorithms import ECAlgorithm
from pytest_django import Settings

from oidc_provider.form_checks import MOST, _texts, is_web_address
from oidc_provider.models import App, Authentication
from protocol.authorization_server.authorization_request import Pkce
from protocol.authorization_server.errors import RefusedRequestError
from protocol.authorization_server.resources import resources_of

pytestmark = pytest.mark.django_db
PRIVATE = ec.generate_private_key(ec.SECP256R1())
PUBLIC_JWK = json.loads(ECAlgorithm.to_jwk(PRIVATE.public_key()))
PRIVATE_JWK = json.loads(ECAlgorithm.to_jwk(PRIVATE))


def app(**fields: Any) -> App:
    usual = {"slug": "app", "name": "App", "redirect_uris": ["https://app.example/cb"]}
    return App(**usual | fields)


def problems(**fields: Any) -> dict[str, list[str]]:
    try:
        app(**fields).full_clean()
    except ValidationError as error:
        return dict(error.message_dict)
    return {}


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("", "Enter at least one redirect URI."),
        ("https://app.example/a b", "without spaces"),
        ("https://app.example/\0", "without spaces"),
        ("https://app.example\\@evil.example", "without spaces or backslashes"),
        ("https://grüße.example/", "in ASCII"),
        ("https://[::1/cb", "is not a URI"),
        ("https://app.example:x/cb", "is not a URI"),
        ("https://app.example/cb#part", "after #"),
        ("https://*.app.example/cb", "letter by letter"),
        ("https://user@app.example/cb", "before the @"),
        ("https:///cb", "the host is missing"),
        ("http://app.example/cb", "use https"),
        ("javascript:alert(1)", "a scheme of the app's own"),
        ("myapp:/cb", "a scheme of the app's own"),
        ("/cb", "a scheme of the app's own"),
    ],
)
def test_refuses_a_redirect_uri_with_the_reason(uri: str, words: str) -> None:
    (problem,) = problems(redirect_uris=[uri])["redirect_uris"]
    assert words in problem
    if uri:
        assert words in problems(post_logout_redirect_uris=[uri])["post_logout_redirect_uris"][0]


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        ("openid_connect", "http://127.0.0.1/cb"),
        ("openid_connect", "http://localhost:3000/cb"),
        ("openid_connect", "com.example.app:/cb"),
    ],
)
def test_accepts_a_redirect_uri_of_an_app_at_home(kind: str, uri: str) -> None:
    assert not problems(kind=kind, redirect_uris=[uri])


@pytest.mark.parametrize("kind", ["mattermost", "immich", "audiobookshelf"])
def test_accepts_what_the_kind_itself_uses(kind: str) -> None:
    uris = app(kind=kind).catalogued.redirect_uris("https://app.example", "signet")
    assert not problems(kind=kind, redirect_uris=[*uris])


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:8000",
        "http://localhost:8000/",
        "http://localhost:8000/oauth/userinfo",
        "http://LOCALHOST:8000/api/",
        "https://reports.example",
    ],
)
def test_no_audience_is_shared_with_session_jwts(uri: str, settings: Settings) -> None:
    settings.SESSION_AUDIENCE = ["http://localhost:8000", "https://reports.example"]
    assert "accepts session JWTs" in problems(audiences=[uri])["audiences"][0]


@pytest.mark.parametrize(
    "uri", ["api", "/api", "https://api.example/#x", "https://api.example/ x", "x:", "\0:x"]
)
def test_refuses_an_audience_that_is_no_absolute_uri(uri: str) -> None:
    assert "an absolute URI" in problems(audiences=[uri])["audiences"][0]


@pytest.mark.parametrize(
    "uri", ["https://api.example/", "urn:example:api", "http://localhost:80801"]
)
def test_accepts_another_audience(uri: str) -> None:
    assert not problems(audiences=[uri])


@pytest.mark.parametrize(
    ("jwks", "words"),
    [
        ({}, "with a public RSA, EC or Ed25519 key"),
        ([], "with a public RSA, EC or Ed25519 key"),
        ({"keys": "x"}, "with a public RSA, EC or Ed25519 key"),
        ({"keys": [1, {"kty": "EC"}]}, "with a public RSA, EC or Ed25519 key"),
        ({"keys": [PUBLIC_JWK | {"use": "enc"}]}, "with a public RSA, EC or Ed25519 key"),
        ({"keys": [PRIVATE_JWK]}, "This is a private or secret key."),
        ({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, "This is a private or secret key."),
    ],
)
def test_an_app_that_signs_needs_a_public_key(jwks: Any, words: str) -> None:
    found = problems(authentication=Authentication.PRIVATE_KEY, jwks=jwks)
    assert words in found["jwks"][0]


def test_of_a_key_only_its_public_part_is_kept() -> None:
    more = {"x5u": "https://evil.example", "x5c": ["\0"], "kid": "\0"}
    kept = app(authentication=Authentication.PRIVATE_KEY, jwks={"keys": [PUBLIC_JWK | more]})
    kept.full_clean()
    assert kept.jwks == {"keys": [{name: PUBLIC_JWK[name] for name in ("kty", "crv", "x", "y")}]}


@pytest.mark.parametrize("pkce", [Pkce.NONCE, Pkce.NEITHER])
def test_a_public_app_always_needs_pkce(pkce: Pkce) -> None:
    assert "pkce" in problems(authentication=Authentication.NONE, pkce=pkce)
    assert not problems(pkce=pkce)


@pytest.mark.parametrize("authentication", [Authentication.NONE, Authentication.PRIVATE_KEY])
def test_an_app_that_takes_no_secret_keeps_none(authentication: Authentication) -> None:
    keys = {"keys": [PUBLIC_JWK]}
    found = app(authentication=authentication, jwks=keys, secret_digest="a", next_secret_digest="b")
    found.full_clean()
    assert (found.secret_digest, found.next_secret_digest) == ("", "")


@pytest.mark.parametrize(
    "address",
    ["grafana.example", "javascript:alert(1)", "ftp://a.example", "https://", "https://a b", "//a"],
)
def test_refuses_an_address_that_no_browser_opens(address: str) -> None:
    assert "launch_url" in problems(launch_url=address)


@pytest.mark.parametrize("address", ["https://grafana.example/", "http://nas:3000", "http://[::1]"])
def test_accepts_an_address_also_of_a_network_at_home(address: str) -> None:
    assert not problems(launch_url=address)


@pytest.mark.parametrize("slug", ["", "Grafana", "a b", "-a", "é", "a" * 51, "\0"])
def test_refuses_a_client_id_that_a_client_would_have_to_encode(slug: str) -> None:
    assert "slug" in problems(slug=slug)


@pytest.mark.parametrize("slug", ["grafana", "https", "urn-example-api"])
def test_no_client_id_can_be_a_resource(slug: str) -> None:
    """So no access token is for one: a resource has a colon, and a client ID has none."""
    assert "slug" not in problems(slug=slug)
    assert "audiences" in problems(audiences=[slug])
    assert "slug" in problems(slug=f"{slug}:api")
    with pytest.raises(RefusedRequestError):
        resources_of({"resource": [slug]})


def test_a_group_has_the_form_that_groups_have() -> None:
    assert "groups" in problems(groups=["a b"])
    assert not problems(groups=["ops", "github:team/x"])


def test_what_was_pasted_is_tidied() -> None:
    found = app(
        name=" App\u200b ",
        redirect_uris=[" https://app.example/cb\n", "", "https://app.example/cb"],
    )
    found.scopes = ["email", "openid", "unknown"]
    found.full_clean()
    assert (found.name, found.redirect_uris) == ("App", ["https://app.example/cb"])
    assert found.scopes == ["openid", "email"]


def test_an_address_that_cannot_be_read_is_none() -> None:
    assert not is_web_address("http://[")


def test_a_list_has_an_end() -> None:
    with pytest.raises(ValidationError):
        _texts([f"https://app.example/{number}" for number in range(MOST + 1)])
