"""The token endpoint: what it refuses, what a replay ends, and what is left of a grant."""

import base64
import json
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from oidc_provider import grants
from oidc_provider.models import App, Audience, Authentication, Grant
from protocol.authorization_server.client_credentials import JWT_BEARER
from sessions.lifetime import revoke
from sessions.models import Session, User
from sessions.signing_keys import algorithms, keyring
from sessions.signing_keys.models import SigningKey
from tests.conftest import HOST
from tests.oidc_provider.party import SECRET, RelyingParty, digest_of, parts_of

ISSUER = "http://localhost:8000"


def error_of(response: Any, status: int = 400) -> str:
    assert response.status_code == status, response.content
    assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")
    error: str = response.json()["error"]
    return error


# Who is the app?


@pytest.mark.parametrize(
    "fields",
    [
        {"client_secret": None},
        {"client_secret": "wrong"},
        {"client_secret": SECRET + "x"},
        {"client_secret": "é"},
        {"client_secret": ""},
        {"client_id": "unknown"},
        {"client_id": "phone"},
        {"client_id": None},
        {"client_id": "graf\0ana"},
        {"client_id": "grafana\ufffd"},
        {"client_assertion": "a.b.c", "client_assertion_type": JWT_BEARER, "client_secret": None},
    ],
)
def test_a_client_that_fails_to_authenticate_does_not_use_up_the_code(
    party: RelyingParty, phone: App, fields: dict[str, Any]
) -> None:
    code = party.code()
    assert error_of(party.exchange(code, **fields), 401) == "invalid_client"
    assert party.exchange(code).status_code == 200


def test_a_failed_header_gets_a_challenge(party: RelyingParty) -> None:
    party.server = Client(headers={"host": HOST, "authorization": "Basic Z3JhZmFuYTp4"})
    response = party.exchange(party.code(), client_id=None, client_secret=None)
    assert error_of(response, 401) == "invalid_client"
    assert response["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("field", ["client_id", "client_secret", "grant_type", "code"])
def test_a_repeated_parameter(party: RelyingParty, field: str) -> None:
    twice = {"client_id": "grafana", "client_secret": SECRET, "code": "c"}
    fields = {field: [twice.get(field, "authorization_code")] * 2}
    response = party.exchange("c", **fields)
    assert error_of(response) == "invalid_request"


def test_an_app_that_is_switched_off(party: RelyingParty) -> None:
    code = party.code()
    App.objects.update(enabled=False)
    assert error_of(party.exchange(code)) == "unauthorized_client"


def test_a_stranger_does_not_learn_that_an_app_is_switched_off(party: RelyingParty) -> None:
    App.objects.update(enabled=False)
    assert error_of(party.exchange("c", client_secret="wrong"), 401) == "invalid_client"


def test_tokens_do_not_outlive_the_session(party: RelyingParty) -> None:
    ends_at = timezone.now() + timedelta(seconds=90)
    Session.objects.update(expires_at=ends_at)
    tokens = party.tokens()
    assert 80 < tokens["expires_in"] <= 90
    for which in ("access_token", "id_token"):
        assert parts_of(tokens[which])[1]["exp"] == int(ends_at.timestamp())


def test_both_secrets_are_good_while_an_admin_changes_them(party: RelyingParty) -> None:
    App.objects.update(next_secret_digest=digest_of("the next"))
    assert party.exchange(party.code()).status_code == 200
    assert party.exchange(party.code(), client_secret="the next").status_code == 200


def test_a_public_app_has_no_secret(alices_browser: Client, phone: App) -> None:
    party = RelyingParty(alices_browser, phone)
    response = party.exchange(party.code(), client_secret="any")
    assert error_of(response, 401) == "invalid_client"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_another_type_of_body(party: RelyingParty, content_type: str) -> None:
    response = party.server.post("/oauth/token", "{}", content_type=content_type)
    assert error_of(response) == "invalid_request"


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head"])
@pytest.mark.parametrize("path", ["token", "par", "revoke", "introspect"])
def test_another_method(party: RelyingParty, method: str, path: str) -> None:
    response = getattr(party.server, method)(f"/oauth/{path}")
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_a_cookie_counts_for_nothing(party: RelyingParty) -> None:
    party.server = party.browser
    assert error_of(party.exchange("c", client_secret=None), 401) == "invalid_client"


# private_key_jwt


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def signing(party: RelyingParty, key: ec.EllipticCurvePrivateKey) -> RelyingParty:
    """An app that signs assertions."""
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    party.app.authentication = Authentication.PRIVATE_KEY
    party.app.jwks = {"keys": [jwk | {"kid": "1", "use": "sig", "alg": "ES256"}]}
    party.app.save()
    return party


def assertion(key: ec.EllipticCurvePrivateKey, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": "grafana", "sub": "grafana", "aud": ISSUER, "exp": now + 60, "iat": now}
    claims = {n: v for n, v in (claims | {"jti": "j"} | changes).items() if v is not None}
    signed = jwt.encode(claims, key, "ES256", headers={"kid": "1"})
    fields = {"client_assertion": signed, "client_assertion_type": JWT_BEARER}
    return fields | {"client_secret": None}


@pytest.mark.parametrize(
    "aud", [ISSUER, f"{ISSUER}/oauth/token", f"{ISSUER}/oauth/par", [ISSUER, "other"]]
)
def test_an_assertion(signing: RelyingParty, key: Any, aud: Any) -> None:
    fields = assertion(key, aud=aud)
    assert signing.exchange(signing.code(), client_id=None, **fields).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "phone"},
        {"sub": "phone"},
        {"sub": None},
        {"iss": None},
        {"aud": "https://other.example"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 99999999999},
        {"nbf": 99999999999},
        {"nbf": "soon"},
        {"iat": 99999999999},
        {"iat": [0]},
        {"jti": None},
        {"jti": ""},
        {"jti": "\ud800"},
        {"jti": "\0"},
        {"iss": "\ud800"},
        {"iss": "\0"},
    ],
)
def test_an_assertion_that_is_wrong(
    signing: RelyingParty, key: Any, changes: dict[str, Any]
) -> None:
    fields = assertion(key, **changes)
    assert error_of(signing.exchange(signing.code(), **fields), 401) == "invalid_client"


def test_an_assertion_beside_the_name_of_another_app(
    signing: RelyingParty, phone: App, key: Any
) -> None:
    fields = assertion(key) | {"client_id": "phone"}
    assert error_of(signing.exchange(signing.code(), **fields), 401) == "invalid_client"


def test_the_clock_of_an_app_may_be_ahead(signing: RelyingParty, key: Any) -> None:
    soon = int(time.time()) + 8  # seconds, as FAPI 2.0 Security Profile §5.3.2.1 has it
    fields = assertion(key, nbf=soon, iat=soon)
    assert signing.exchange(signing.code(), **fields).status_code == 200


def test_an_app_that_signs_has_to_send_an_assertion(signing: RelyingParty) -> None:
    assert error_of(signing.exchange(signing.code()), 401) == "invalid_client"


def test_an_assertion_is_good_once(signing: RelyingParty, key: Any) -> None:
    fields = assertion(key)
    assert signing.exchange(signing.code(), **fields).status_code == 200
    assert error_of(signing.exchange(signing.code(), **fields), 401) == "invalid_client"


NEW_PROCESS: dict[str, tuple[dict[str, Any], str, int]] = {
    "made before": ({"iat": -30}, "locmem://", 401),
    "does not say when": ({"iat": None}, "locmem://", 401),
    "made since": ({"iat": 30}, "locmem://", 200),
    "nobody could accept it before": ({"iat": None, "exp": 659, "now": 5}, "locmem://", 401),
    "too far away before": ({"iat": None, "exp": 662, "now": 5}, "locmem://", 200),
    "Redis remembers": ({"iat": -30}, "redis://cache.example", 200),
}


@pytest.mark.parametrize(("times", "cache_url", "status"), NEW_PROCESS.values(), ids=NEW_PROCESS)
def test_a_process_that_has_just_begun_accepts_what_no_earlier_one_can_have_accepted(
    signing: RelyingParty,
    key: Any,
    monkeypatch: pytest.MonkeyPatch,
    times: dict[str, Any],
    cache_url: str,
    status: int,
) -> None:
    """It has forgotten which `jti` was used. `times` count from its start."""
    began = int(time.time()) - times.get("now", 30)
    monkeypatch.setattr("oidc_provider.clients.BEGAN", began)
    wanted = {name: None if at is None else began + at for name, at in times.items()}
    fields = assertion(key, **{name: wanted[name] for name in ("iat", "exp") if name in wanted})
    with override_settings(CACHE_URL=cache_url):
        assert signing.exchange(signing.code(), **fields).status_code == status


def test_an_assertion_by_another_key(signing: RelyingParty) -> None:
    fields = assertion(ec.generate_private_key(ec.SECP256R1()))
    assert error_of(signing.exchange(signing.code(), **fields), 401) == "invalid_client"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_assertion_without_a_public_key(signing: RelyingParty, algorithm: str) -> None:
    secret = "" if algorithm == "none" else "s" * 40
    claims = {"iss": "grafana", "sub": "grafana", "aud": ISSUER, "exp": int(time.time()) + 60}
    signed = jwt.encode(claims | {"jti": "j"}, secret, algorithm)
    fields = {"client_assertion": signed, "client_assertion_type": JWT_BEARER}
    response = signing.exchange(signing.code(), client_secret=None, **fields)
    assert error_of(response, 401) == "invalid_client"


# The code


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"code": "nonsense"}, "invalid_grant"),
        ({"code": "0" * 36 + ".0." + "A" * 43}, "invalid_grant"),
        ({"code": "x" * 10_000}, "invalid_grant"),
        ({"code": "é\x01"}, "invalid_grant"),
        ({"code": ""}, "invalid_request"),
        ({"code": None}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"redirect_uri": "https://grafana.example/other"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": "wrong" * 10}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
        ({"resource": "https://api.example/"}, "invalid_target"),
    ],
)
def test_refuses_an_exchange(party: RelyingParty, fields: dict[str, Any], error: str) -> None:
    assert error_of(party.exchange(party.code(), **fields)) == error


def test_a_resource_that_is_too_much_leaves_the_code(party: RelyingParty) -> None:
    code = party.code()
    assert error_of(party.exchange(code, resource="https://api.example/")) == "invalid_target"
    assert party.exchange(code).status_code == 200


def test_a_verifier_without_a_challenge(party: RelyingParty) -> None:
    App.objects.update(pkce="neither")
    code = party.code(code_challenge=None, code_challenge_method=None)
    assert error_of(party.exchange(code)) == "invalid_grant"
    assert party.exchange(code, code_verifier=None).status_code == 200


def test_a_code_of_another_app(party: RelyingParty, phone: App) -> None:
    code = party.code()
    other = RelyingParty(party.browser, phone)
    assert error_of(other.exchange(code)) == "invalid_grant"
    assert party.exchange(code).status_code == 200


def test_a_code_is_good_for_a_minute(party: RelyingParty) -> None:
    code = party.code()
    Grant.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    assert error_of(party.exchange(code)) == "invalid_grant"


def test_a_code_that_is_used_twice_ends_all_that_came_of_it(party: RelyingParty) -> None:
    code = party.code()
    tokens = party.exchange(code).json()
    assert error_of(party.exchange(code)) == "invalid_grant"
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"


def test_a_code_that_leaked_ends_nothing_without_its_verifier(
    alices_browser: Client, phone: App
) -> None:
    party = RelyingParty(alices_browser, phone)
    code = party.code()
    tokens = party.exchange(code).json()
    assert error_of(party.exchange(code, code_verifier=None)) == "invalid_grant"
    assert error_of(party.exchange(code, code_verifier="wrong" * 10)) == "invalid_grant"
    assert party.userinfo(tokens["access_token"]).status_code == 200


def test_a_code_is_no_refresh_token_and_the_other_way_round(party: RelyingParty) -> None:
    code = party.code()
    assert error_of(party.refresh(code)) == "invalid_grant"
    tokens = party.exchange(code).json()
    assert error_of(party.exchange(tokens["refresh_token"])) == "invalid_grant"


def test_a_code_survives_a_new_secret_key(party: RelyingParty, settings: Any) -> None:
    code = party.code()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, which is as long as a key has to be here"
    assert party.exchange(code).status_code == 200


# Refresh tokens


def test_a_refresh_keeps_what_was_granted(party: RelyingParty) -> None:
    tokens = party.tokens()
    again = party.refresh(tokens["refresh_token"]).json()
    assert again["scope"] == tokens["scope"]
    _, first = parts_of(tokens["id_token"])
    _, second = parts_of(again["id_token"])
    assert {name: first[name] for name in ("iss", "sub", "aud", "auth_time", "sid")}.items() <= (
        second.items()
    )
    assert "nonce" not in second  # OpenID Connect Core §12.2


def test_no_refresh_token_without_offline_access(party: RelyingParty) -> None:
    assert "refresh_token" not in party.tokens(scope="openid")


@pytest.mark.parametrize("scope", ["openid profile everything", "openid admin"])
def test_scope_never_widens(party: RelyingParty, scope: str) -> None:
    tokens = party.tokens(scope="openid offline_access")
    assert error_of(party.refresh(tokens["refresh_token"], scope=scope)) == "invalid_scope"


def test_a_narrower_scope(party: RelyingParty) -> None:
    tokens = party.tokens()
    narrow = party.refresh(tokens["refresh_token"], scope="openid").json()
    assert narrow["scope"] == "openid"
    assert {*party.userinfo(narrow["access_token"]).json()} == {"sub"}
    assert "name" not in parts_of(narrow["id_token"])[1]
    assert "profile" in party.refresh(narrow["refresh_token"]).json()["scope"]


def test_a_scope_that_the_app_has_lost_is_not_made_up_for_by_others(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    App.objects.update(scopes=["openid", "profile", "offline_access"])
    assert error_of(party.refresh(token, scope="email")) == "invalid_scope"
    left = party.refresh(token, scope="email profile").json()
    assert left["scope"] == "profile"


def test_an_app_that_has_lost_offline_access_has_no_refresh_token_any_more(
    party: RelyingParty,
) -> None:
    token, code = party.tokens()["refresh_token"], party.code()
    App.objects.update(scopes=["openid", "profile"])
    assert error_of(party.refresh(token)) == "invalid_grant"
    assert party.post("/oauth/introspect", token=token).json() == {"active": False}
    assert "refresh_token" not in party.exchange(code).json()


def test_a_client_that_lost_the_answer_gets_the_same_successor(party: RelyingParty) -> None:
    first = party.tokens()["refresh_token"]
    successor = party.refresh(first).json()["refresh_token"]
    assert party.refresh(first).json()["refresh_token"] == successor
    Grant.objects.update(refreshed_at=timezone.now() - timedelta(minutes=5))
    for _ in range(3):
        assert party.refresh(first).json()["refresh_token"] == successor
    assert error_of(party.refresh(first)) == "invalid_grant"
    assert error_of(party.refresh(successor)) == "invalid_grant"


@pytest.mark.parametrize("minutes", [11, 600])
def test_a_replay_ends_everything(party: RelyingParty, minutes: int) -> None:
    tokens = party.tokens()
    successor = party.refresh(tokens["refresh_token"]).json()
    Grant.objects.update(refreshed_at=timezone.now() - timedelta(minutes=minutes))
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert error_of(party.refresh(successor["refresh_token"])) == "invalid_grant"
    assert party.userinfo(successor["access_token"]).status_code == 401


def test_a_grandparent_is_a_replay_at_once(party: RelyingParty) -> None:
    first = party.tokens()["refresh_token"]
    second = party.refresh(first).json()["refresh_token"]
    third = party.refresh(second).json()["refresh_token"]
    assert error_of(party.refresh(first)) == "invalid_grant"
    assert error_of(party.refresh(third)) == "invalid_grant"


def test_a_refresh_token_of_another_app(party: RelyingParty, phone: App) -> None:
    tokens = party.tokens()
    other = RelyingParty(party.browser, phone)
    assert error_of(other.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert party.refresh(tokens["refresh_token"]).status_code == 200


def test_using_a_grant_counts_as_using_its_session(party: RelyingParty) -> None:
    tokens = party.tokens()
    Session.objects.update(refreshed_at=timezone.now() - timedelta(days=13))
    assert party.refresh(tokens["refresh_token"]).status_code == 200
    assert timezone.now() - Session.objects.get().refreshed_at < timedelta(minutes=1)


# What a grant hangs on


def _end_session(alice: User) -> None:
    revoke(str(Session.objects.get().pk), Session.End.SIGNED_OUT)


def _idle(alice: User) -> None:
    Session.objects.update(refreshed_at=timezone.now() - timedelta(days=15))


def _expire(alice: User) -> None:
    Session.objects.update(expires_at=timezone.now())


def _suspend(alice: User) -> None:
    User.objects.update(is_active=False)


def _delete(alice: User) -> None:
    User.objects.get().delete()


def _switch_off(alice: User) -> None:
    App.objects.update(enabled=False)


def _take_group(alice: User) -> None:
    App.objects.update(audience=Audience.CHOSEN, groups=["staff"])


def _end_grant(alice: User) -> None:
    grants.end_grants(Grant.objects.all())


ENDS = [_end_session, _idle, _expire, _suspend, _delete, _switch_off, _take_group, _end_grant]


@pytest.mark.parametrize("end", ENDS)
def test_its_end_ends_the_tokens_at_once(party: RelyingParty, alice: User, end: Any) -> None:
    tokens, code = party.tokens(), party.code()
    assert party.userinfo(tokens["access_token"]).status_code == 200
    end(alice)
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).status_code == 400
    assert party.exchange(code).status_code == 400


def test_groups_that_are_given_by_hand_count_at_once(party: RelyingParty) -> None:
    tokens = party.tokens()
    User.objects.update(given_groups=["staff"])
    assert party.userinfo(tokens["access_token"]).json()["groups"] == ["staff"]
    assert parts_of(party.refresh(tokens["refresh_token"]).json()["id_token"])[1]["groups"] == [
        "staff"
    ]


def test_signing_in_again_ends_no_grant(party: RelyingParty, alices_session: Session) -> None:
    tokens = party.tokens()
    Session.objects.update(generation=5, auth_time=timezone.now())
    assert party.refresh(tokens["refresh_token"]).status_code == 200


# Resources (RFC 8707)


def test_an_api_that_accepts_session_jwts_by_now_gets_no_tokens_of_apps(
    party: RelyingParty,
) -> None:
    """Whoever accepts the one would accept the other: SESSION_AUDIENCE may have grown."""
    api = "https://api.example/"
    App.objects.update(audiences=[api])
    tokens = party.tokens(resource=api)
    assert api in parts_of(tokens["access_token"])[1]["aud"]
    with override_settings(SESSION_AUDIENCE=[ISSUER, api]):
        again = party.refresh(tokens["refresh_token"]).json()
        assert api not in parts_of(again["access_token"])[1]["aud"]
        assert error_of(party.refresh(again["refresh_token"], resource=api)) == "invalid_target"
        assert party.answer(party.authorize(resource=api))["error"] == "invalid_target"
        assert error_of(party.post("/oauth/par", **party.query(resource=api))) == "invalid_target"


def test_an_access_token_for_an_api(party: RelyingParty) -> None:
    App.objects.update(audiences=["https://api.example/", "https://other.example/"])
    both = ["https://api.example/", "https://other.example/"]
    code = party.code(resource=both)
    tokens = party.exchange(code, resource="https://api.example/").json()
    _, claims = parts_of(tokens["access_token"])
    assert claims["aud"] == ["https://api.example/", f"{ISSUER}/oauth/userinfo"]
    again = party.refresh(tokens["refresh_token"]).json()
    assert parts_of(again["access_token"])[1]["aud"] == [*both, f"{ISSUER}/oauth/userinfo"]
    wider = party.refresh(again["refresh_token"], resource="https://third.example/")
    assert error_of(wider) == "invalid_target"


# Floods, origins, costs


def test_an_app_that_keeps_failing_is_asked_to_wait(party: RelyingParty) -> None:
    for _ in range(60):
        party.exchange("nonsense")
    response = party.exchange("nonsense")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert party.exchange(party.code()).status_code == 200, "a good one is never counted"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://spa.example", True),
        ("https://grafana.example", True),
        ("https://mallory.example", False),
        ("null", False),
        ("https://spa.example.mallory.example", False),
    ],
)
def test_pages_of_an_apps_origin_may_call(
    alices_browser: Client, phone: App, grafana: App, origin: str, allowed: bool
) -> None:
    party = RelyingParty(alices_browser, phone)
    party.server = Client(headers={"host": HOST, "origin": origin})
    code = party.code(redirect_uri="https://spa.example/cb")
    response = party.exchange(code, redirect_uri="https://spa.example/cb")
    assert response.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert "Access-Control-Allow-Credentials" not in response
    assert "Origin" in response["Vary"]
    exposed = "WWW-Authenticate, Retry-After" if allowed else None
    assert response.get("Access-Control-Expose-Headers") == exposed
    preflight = party.server.options("/oauth/userinfo")
    assert preflight.status_code == 204
    assert preflight.get("Access-Control-Allow-Origin") == (origin if allowed else None)


def test_the_authorization_endpoint_is_for_no_script(party: RelyingParty) -> None:
    party.browser = Client(headers={"host": HOST, "origin": "https://grafana.example"})
    assert "Access-Control-Allow-Origin" not in party.authorize(prompt="none")


def test_three_queries(
    party: RelyingParty, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    party.tokens()
    code = party.code()
    with django_assert_max_num_queries(3):
        tokens = party.exchange(code).json()
    with django_assert_max_num_queries(1):
        party.userinfo(tokens["access_token"])
    with django_assert_max_num_queries(3):
        party.refresh(tokens["refresh_token"])


def test_expired_grants_are_removed(party: RelyingParty) -> None:
    party.tokens()
    party.code()
    Grant.objects.filter(generation=0).update(created_at=timezone.now() - timedelta(hours=2))
    assert grants.remove_ended() == 1
    Session.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    assert grants.remove_ended() == 1


def test_a_secret_is_in_no_log(party: RelyingParty, caplog: pytest.LogCaptureFixture) -> None:
    code = party.code()
    party.exchange(code, client_secret="a wrong secret")
    party.exchange(code)
    party.exchange(code)
    pair = base64.b64encode(b"grafana:another wrong secret").decode()
    party.server = Client(headers={"host": HOST, "authorization": f"Basic {pair}"})
    party.exchange(code, client_id=None, client_secret=None)
    for secret in (code, SECRET, "wrong secret", pair):
        assert secret not in caplog.text


def test_a_session_that_is_removed_takes_its_grants_with_it(
    party: RelyingParty, capsys: pytest.CaptureFixture[str]
) -> None:
    party.tokens()
    Session.objects.update(revoked_at=timezone.now() - timedelta(days=2))
    call_command("cleanup")
    assert "Sessions deleted: 1" in capsys.readouterr().out
    assert not Grant.objects.exists()


# Keys


def test_a_key_that_cannot_be_opened_uses_up_nothing(party: RelyingParty) -> None:
    code = party.code()
    right = settings.ENCRYPTION_KEYS
    keyring.forget()
    with override_settings(ENCRYPTION_KEYS=[b"another key, thirty-two bytes..."]):
        response = party.exchange(code)
        assert error_of(response, 503) == "server_error"
    keyring.forget()
    assert right == settings.ENCRYPTION_KEYS
    assert party.exchange(code).status_code == 200


def test_an_access_token_can_be_verified_where_the_session_key_is_a_secret(
    party: RelyingParty,
) -> None:
    SigningKey.objects.filter(purpose=SigningKey.Purpose.SESSION).delete()
    code = party.code()
    SigningKey.objects.filter(purpose=SigningKey.Purpose.SESSION).delete()
    algorithms.generate("HS256").save()
    keyring.forget()
    header, _ = parts_of(party.exchange(code).json()["access_token"])
    assert header["alg"] == "RS256"
