import base64
import hashlib

import jwt
import pytest

from simulator.process import SimulatorProcess
from tests.simulator.client import Client, query

OFFLINE = "openid email offline_access"


def test_publishes_its_metadata(demo: Client) -> None:
    metadata = demo.metadata()

    assert metadata["issuer"] == demo.base_url
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["token_endpoint_auth_methods_supported"] == [
        "client_secret_basic",
        "client_secret_post",
    ]


def test_signs_id_tokens_by_the_book(demo: Client) -> None:
    tokens = demo.tokens()

    claims = demo.id_token(tokens["id_token"])

    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == "ES256"
    assert set(claims) == {
        *("iss", "sub", "aud", "exp", "iat"),
        *("auth_time", "nonce", "at_hash"),
    }
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_publishes_public_keys_alone(demo: Client) -> None:
    [key] = demo.get(demo.metadata()["jwks_uri"]).json()["keys"]

    assert (key["kty"], key["crv"], key["use"]) == ("EC", "P-256", "sig")
    assert "d" not in key


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_tells_the_claims_of_the_scope_at_userinfo(demo: Client, method: str) -> None:
    tokens = demo.tokens()
    header = {"Authorization": f"Bearer {tokens['access_token']}"}

    userinfo = demo.http.request(
        method, f"{demo.base_url}/userinfo", headers=header, timeout=5
    ).json()

    assert userinfo["sub"] == demo.id_token(tokens["id_token"])["sub"]
    assert (userinfo["name"], userinfo["email"]) == ("Alice Archer", "alice@example.com")
    assert userinfo["email_verified"] is True


def test_tells_nothing_beyond_the_scope(demo: Client) -> None:
    token = demo.tokens(scope="openid")["access_token"]

    assert set(demo.api("/userinfo", token).json()) == {"sub"}


def test_challenges_a_bad_token(demo: Client) -> None:
    response = demo.api("/userinfo", "a-guess")

    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_an_access_token_expires(demo: Client, simulator: SimulatorProcess) -> None:
    token = demo.tokens()["access_token"]

    simulator.set_clock(3601)

    assert demo.api("/userinfo", token).status_code == 401


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": "email"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"request": "a.jwt."}, "request_not_supported"),
        ({"request_uri": "https://a.example/"}, "request_uri_not_supported"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_sends_errors_back_with_its_issuer(
    demo: Client, changes: dict[str, str | None], error: str
) -> None:
    answer = query(demo.ask(**changes))

    assert (answer["error"], answer["iss"], answer["state"]) == (error, demo.base_url, "the-state")


@pytest.mark.parametrize(
    ("changes", "question"),
    [
        ({}, "Who are you today?"),
        ({"prompt": "consent"}, "Who are you today?"),
        ({"prompt": "login"}, "Please sign in again."),
        ({"max_age": "300"}, "Please sign in again."),
        ({"prompt": "select_account"}, "Which account is it to be?"),
    ],
)
def test_asks_what_the_client_wants_asked(
    demo: Client, changes: dict[str, str | None], question: str
) -> None:
    assert question in demo.ask(**changes).text


def test_names_its_issuer_in_every_response(demo: Client) -> None:
    allowed, denied = demo.decide(), demo.decide(decision="deny")

    assert query(allowed)["iss"] == query(denied)["iss"] == demo.base_url


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "http://localhost:8000/sign-in/demo/callback"},
        {"redirect_uri": "http://localhost:8000/sign-in/demo/callback/?a=b"},
        {"redirect_uri": None},
    ],
    ids=["another client", "no slash", "with a query", "none"],
)
def test_sends_nobody_to_an_address_it_does_not_know(
    demo: Client, changes: dict[str, str | None]
) -> None:
    response = demo.ask(**changes)

    assert response.status_code == 400
    assert "Access blocked" in response.text


def test_refuses_two_ways_of_authentication(demo: Client) -> None:
    code = demo.code()
    demo.http.auth = (demo.client_id, demo.client_secret)

    assert demo.redeem(code).json()["error"] == "invalid_request"


def test_challenges_bad_http_basic(demo: Client) -> None:
    demo.http.auth = (demo.client_id, "a-guess")

    response = demo.redeem("any", client_id=None, client_secret=None)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic")


def test_rotates_refresh_tokens(demo: Client) -> None:
    first = demo.tokens(scope=OFFLINE)["refresh_token"]

    answer = demo.refresh(first).json()

    assert answer["refresh_token"] != first
    assert demo.id_token(answer["id_token"])["sub"]
    assert demo.api("/userinfo", answer["access_token"]).status_code == 200


def test_a_replayed_refresh_token_ends_its_successors(demo: Client) -> None:
    first = demo.tokens(scope=OFFLINE)["refresh_token"]
    second = demo.refresh(first).json()

    assert demo.refresh(first).json()["error"] == "invalid_grant"
    assert demo.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    assert demo.api("/userinfo", second["access_token"]).status_code == 401


def test_gives_no_refresh_token_unasked(demo: Client) -> None:
    assert "refresh_token" not in demo.tokens()


def test_refreshes_no_more_than_was_granted(demo: Client) -> None:
    token = demo.tokens(scope=OFFLINE)["refresh_token"]

    assert demo.refresh(token, scope="openid profile").json()["error"] == "invalid_scope"


@pytest.mark.parametrize(
    ("which", "left"), [("access_token", 200), ("refresh_token", 400)], ids=["access", "refresh"]
)
def test_revokes_a_token(demo: Client, which: str, left: int) -> None:
    tokens = demo.tokens(scope=OFFLINE)
    auth = (demo.client_id, demo.client_secret)
    form = {"token": tokens[which], "token_type_hint": "access_token"}

    assert demo.post(f"{demo.base_url}/revoke", form, auth=auth).status_code == 200
    assert demo.api("/userinfo", tokens["access_token"]).status_code == 401
    assert demo.refresh(tokens["refresh_token"]).status_code == left


def test_revokes_for_its_client_alone(demo: Client) -> None:
    tokens = demo.tokens()

    response = demo.post(f"{demo.base_url}/revoke", {"token": tokens["access_token"]})

    assert response.json()["error"] == "invalid_client"
    assert demo.api("/userinfo", tokens["access_token"]).status_code == 200


def test_revoking_an_unknown_token_succeeds(demo: Client) -> None:
    auth = (demo.client_id, demo.client_secret)

    response = demo.post(f"{demo.base_url}/revoke", {"token": "a-guess"}, auth=auth)

    assert response.status_code == 200
