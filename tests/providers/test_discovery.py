import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import responses

from outgoing import AddressPolicy, session_for
from protocol.errors import SignInError
from providers.discovery import Issuer, authorization_server
from tests.fakes import ISSUER, FakeIssuer, without_none

POLICY = AddressPolicy(allow_private=False, allow_loopback=False)
METADATA: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
}


def header(kid: str | None) -> dict[str, Any]:
    return {"alg": "ES256"} | ({"kid": kid} if kid else {})


def kids(issuer: Issuer, kid: str = "key-1") -> list[str | None]:
    """Try every key that a header can mean, as for a signature that none of them has made."""
    return [key.kid for key in issuer.keys_for(header(kid))]


def key_fetches() -> int:
    return [call.request.url for call in responses.calls].count(f"{ISSUER}/jwks")


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(ISSUER, "demo", POLICY, (ISSUER,))


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
        ({"authorization_endpoint": "https://op.example:99999/"}, "discovery_invalid"),
        ({"token_endpoint": "https://op.example:abc/"}, "discovery_invalid"),
        ({"jwks_uri": "https://op.example:0/"}, "discovery_invalid"),
    ],
    ids=ascii,
)
def test_refuses_a_discovery_document_with(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(SignInError) as refusal:
        authorization_server(without_none(METADATA | changes), ISSUER)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://op.example/@team/authorize",
        "https://op.example/authorize?tenant=a@b",
        "https://op.example:8443/a;b=c/%40x/",
        "https://OP.example/authorize",
        "https://[2001:db8::1]/authorize",
    ],
)
def test_an_endpoint_may_have_any_path(endpoint: str) -> None:
    server = authorization_server(METADATA | {"authorization_endpoint": endpoint}, ISSUER)
    assert server.authorization_endpoint == endpoint


def test_a_userinfo_endpoint_that_is_no_https_address_is_none() -> None:
    metadata = METADATA | {"userinfo_endpoint": "http://op.example/userinfo"}
    assert authorization_server(metadata, ISSUER).userinfo_endpoint == ""


def test_an_issuer_on_http_may_have_endpoints_on_http() -> None:
    metadata = {name: value.replace("https:", "http:") for name, value in METADATA.items()}
    server = authorization_server(metadata, "http://op.example")
    assert server.token_endpoint == "http://op.example/token"


@pytest.mark.parametrize("value", [None, "", 0, False, [], {}, "no address"], ids=repr)
@pytest.mark.parametrize("name", ["userinfo_endpoint", "revocation_endpoint"])
def test_an_endpoint_that_nobody_needs_may_say_nothing(name: str, value: object) -> None:
    server = authorization_server(METADATA | {name: value}, ISSUER)
    assert getattr(server, name) == ""


@pytest.mark.parametrize("value", [None, "", 0, False, [], {}], ids=repr)
@pytest.mark.parametrize("name", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_what_a_sign_in_needs_may_not_say_nothing(name: str, value: object) -> None:
    with pytest.raises(SignInError):
        authorization_server(METADATA | {name: value}, ISSUER)


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
        assert next(issuer.keys_for(header("key-1"))).kid == "key-1"
    assert len(responses.calls) == 2


@responses.activate
def test_an_unknown_kid_causes_one_fetch_within_the_cooldown(issuer: Issuer) -> None:
    FakeIssuer(responses.mock).publish()
    for _ in range(5):
        assert kids(issuer, "unknown") == []
    assert key_fetches() == 2  # the first, and one more that was worth a try


@responses.activate
def test_a_bad_signature_causes_one_fetch_within_the_cooldown(issuer: Issuer) -> None:
    """Each caller takes all keys that there are, as for a signature that none has made."""
    FakeIssuer(responses.mock).publish()
    for _ in range(5):
        assert kids(issuer) == ["key-1"]
    assert key_fetches() == 2


@responses.activate
def test_keys_that_were_fetched_for_this_very_token_are_not_fetched_again(issuer: Issuer) -> None:
    FakeIssuer(responses.mock).publish()
    assert kids(issuer, "unknown") == []
    assert key_fetches() == 1


@responses.activate
@pytest.mark.parametrize("kid", ["key-2", "key-1", None], ids=["new", "the same", "none"])
def test_a_new_key_of_the_issuer_is_found_at_once(issuer: Issuer, kid: str | None) -> None:
    before, after = FakeIssuer(responses.mock), FakeIssuer(responses.mock)
    before.publish()
    assert kids(issuer) == ["key-1"]
    responses.replace("GET", f"{ISSUER}/jwks", json={"keys": [after.jwk() | {"kid": kid}]})
    *_, last = issuer.keys_for(header(kid))
    assert last.key == after.key.public_key()


@responses.activate
def test_a_key_that_is_not_listed_for_a_moment_stays_good(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.discovery.KEYS_COOLDOWN", 0)
    FakeIssuer(responses.mock).publish()
    assert kids(issuer) == ["key-1"]
    other = FakeIssuer(responses.mock, kid="key-2").jwk()
    responses.replace("GET", f"{ISSUER}/jwks", json={"keys": [other]})
    assert kids(issuer, "key-2") == ["key-2"]
    assert kids(issuer) == ["key-1"]


@responses.activate
def test_keys_that_have_moved_are_found_by_a_newer_document(issuer: Issuer) -> None:
    op = FakeIssuer(responses.mock)
    op.publish()
    issuer.server()
    moved = op.document | {"jwks_uri": f"{ISSUER}/keys"}
    responses.replace("GET", f"{ISSUER}/.well-known/openid-configuration", json=moved)
    responses.replace("GET", f"{ISSUER}/jwks", status=404)
    responses.get(f"{ISSUER}/keys", json={"keys": [op.jwk()]})
    assert next(issuer.keys_for(header("key-1"))).key == op.key.public_key()


@responses.activate
def test_keys_at_a_known_address_are_looked_for_nowhere_else() -> None:
    known = authorization_server(METADATA, ISSUER)
    responses.get(f"{ISSUER}/jwks", status=503)
    with pytest.raises(SignInError):
        next(Issuer(ISSUER, "demo", POLICY, (ISSUER,), known).keys_for(header("key-1")))
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize("answer", [{"status": 503}, {"body": "<html>"}], ids=["503", "html"])
def test_keys_that_cannot_be_fetched_anew_stay_in_use(
    issuer: Issuer, answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.discovery.KEYS_COOLDOWN", 0)
    FakeIssuer(responses.mock).publish()
    assert kids(issuer) == ["key-1"]
    responses.replace("GET", f"{ISSUER}/jwks", **answer)
    assert kids(issuer, "unknown") == []
    assert kids(issuer) == ["key-1"]


@responses.activate
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 404}, "discovery_unreachable"),
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
