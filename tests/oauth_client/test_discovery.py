import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import responses

from oauth_client.discovery import Issuer, authorization_server
from oauth_client.errors import SignInError
from oauth_client.outgoing import AddressPolicy, session_for
from tests.fakes import ISSUER, FakeIssuer, without_none

POLICY = AddressPolicy(allow_private=False, allow_loopback=False)
METADATA: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
}


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(ISSUER, "demo", POLICY)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer": f"{ISSUER}/"}, "issuer_mismatch"),
        ({"issuer": "https://mallory.example"}, "issuer_mismatch"),
        ({"issuer": None}, "issuer_mismatch"),
        ({"token_endpoint": None}, "discovery_invalid"),
        ({"token_endpoint": 5}, "discovery_invalid"),
        ({"jwks_uri": "http://op.example/jwks"}, "discovery_invalid"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "discovery_invalid"),
        ({"authorization_endpoint": "https://op.example/\nX"}, "discovery_invalid"),
        ({"authorization_endpoint": "https://["}, "discovery_invalid"),
        ({"authorization_endpoint": "https://op.example/\ud800"}, "discovery_invalid"),
        ({"authorization_endpoint": "https://op.example/a#f"}, "discovery_invalid"),
        ({"authorization_endpoint": "https://u:p@op.example/"}, "discovery_invalid"),
        ({"authorization_endpoint": "https://"}, "discovery_invalid"),
    ],
    ids=ascii,
)
def test_refuses_a_discovery_document_with(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(SignInError) as refusal:
        authorization_server(without_none(METADATA | changes), ISSUER)
    assert refusal.value.code == code


def test_a_userinfo_endpoint_that_is_no_https_address_is_none() -> None:
    metadata = METADATA | {"userinfo_endpoint": "http://op.example/userinfo"}
    assert authorization_server(metadata, ISSUER).userinfo_endpoint == ""


def test_an_issuer_on_http_may_have_endpoints_on_http() -> None:
    metadata = {name: value.replace("https:", "http:") for name, value in METADATA.items()}
    server = authorization_server(metadata, "http://op.example")
    assert server.token_endpoint == "http://op.example/token"


def test_the_promise_of_iss_counts_only_as_json_true() -> None:
    name = "authorization_response_iss_parameter_supported"
    assert authorization_server(METADATA | {name: True}, ISSUER).promises_iss
    assert not authorization_server(METADATA | {name: "true"}, ISSUER).promises_iss


@responses.activate
def test_documents_are_fetched_once(issuer: Issuer) -> None:
    op = FakeIssuer(responses.mock)
    op.publish()
    for _ in range(3):
        issuer.server()
        assert issuer.key_for({"kid": "key-1", "alg": "ES256"})
    assert len(responses.calls) == 2


@responses.activate
def test_an_unknown_kid_causes_no_fetch_within_the_cooldown(issuer: Issuer) -> None:
    FakeIssuer(responses.mock).publish()
    for _ in range(5):
        assert issuer.key_for({"kid": "unknown", "alg": "ES256"}) is None
    assert [call.request.url for call in responses.calls].count(f"{ISSUER}/jwks") == 1


@responses.activate
def test_a_new_key_of_the_issuer_is_found_after_the_cooldown(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oauth_client.discovery.KEYS_COOLDOWN", 0)
    FakeIssuer(responses.mock).publish()
    assert issuer.key_for({"kid": "key-1", "alg": "ES256"})
    rotated = FakeIssuer(responses.mock, kid="key-2")
    responses.replace("GET", f"{ISSUER}/jwks", json={"keys": [rotated.jwk()]})
    assert issuer.key_for({"kid": "key-2", "alg": "ES256"})


@responses.activate
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 404}, "provider_not_ready"),
        ({"body": "<html>"}, "response_not_json"),
        ({"json": []}, "response_not_json"),
        ({"status": 302, "headers": {"Location": "https://x.example"}}, "unexpected_redirect"),
    ],
    ids=["404", "html", "a list", "a redirect"],
)
def test_a_discovery_that_fails_is_not_asked_again_at_once(
    issuer: Issuer, answer: dict[str, Any], code: str
) -> None:
    responses.get(f"{ISSUER}/.well-known/openid-configuration", **answer)
    for _ in range(3):
        with pytest.raises(SignInError) as refusal:
            issuer.server()
        assert refusal.value.code == code
    assert len(responses.calls) == 1


@responses.activate
def test_whoever_waits_for_a_document_is_one_of_those_the_provider_may_keep(
    issuer: Issuer,
) -> None:
    waiting = session_for("demo", POLICY)._slots._all.calls
    kept: list[int] = []

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        until = time.monotonic() + 5
        while len(waiting) < 3 and time.monotonic() < until:
            threading.Event().wait(0.001)
        kept.append(len(waiting))
        return 200, {}, json.dumps(METADATA)

    responses.add_callback("GET", f"{ISSUER}/.well-known/openid-configuration", answer)
    with ThreadPoolExecutor(4) as visitors:
        servers = list(visitors.map(lambda _: issuer.server(), range(4)))
    assert (kept, len(set(servers))) == ([3], 1)
    assert not waiting
