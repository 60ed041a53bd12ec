import base64
from urllib.parse import parse_qs

import pytest
from requests import Response

from simulator.process import SimulatorProcess
from tests.simulator.client import Client, query

API = "/api/v3"


def test_answers_with_a_form_unless_json_is_asked_for(github: Client) -> None:
    form = {
        "code": github.code(code_challenge=None),
        "client_id": github.client_id,
        "client_secret": github.client_secret,
    }

    response = github.post(github.token_endpoint, form)

    assert response.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    answer = parse_qs(response.text)
    assert answer["access_token"][0].startswith("gho_")
    assert answer["scope"] == ["user:email,read:org"]
    assert answer["token_type"] == ["bearer"]


def test_explains_an_error_with_status_200(github: Client) -> None:
    response = github.post(github.token_endpoint, {"client_id": "nobody"})

    answer = parse_qs(response.text)
    assert response.status_code == 200
    assert answer["error"] == ["incorrect_client_credentials"]
    assert answer["error_uri"][0].startswith("https://docs.github.com/")


def test_sends_an_unregistered_redirect_uri_to_the_registered_one(github: Client) -> None:
    response = github.ask(redirect_uri="http://localhost:8000/sign-in/elsewhere/")

    assert response.headers["Location"].startswith(github.redirect_uri)
    answer = query(response)
    assert (answer["error"], answer["state"]) == ("redirect_uri_mismatch", "the-state")
    assert answer["error_description"]


def test_uses_the_registered_redirect_uri_when_none_is_given(github: Client) -> None:
    response = github.decide(redirect_uri=None)

    assert response.headers["Location"].startswith(github.redirect_uri)
    assert "access_token" in github.redeem(query(response)["code"], redirect_uri=None).json()


def test_says_in_every_response_which_issuer_answers(github: Client) -> None:
    for decision in ("allow", "deny"):
        answer = query(github.decide(decision=decision))
        assert answer["iss"] == github.base_url + "/login/oauth"


def test_knows_no_other_client(github: Client) -> None:
    assert github.ask(client_id="nobody").status_code == 404


def test_explains_a_denial(github: Client) -> None:
    answer = query(github.decide(decision="deny"))

    assert answer["error_description"] == "The user has denied your application access."
    assert answer["error_uri"].startswith("https://docs.github.com/")


def test_takes_s256_and_no_other_challenge(github: Client) -> None:
    assert query(github.ask(code_challenge_method="plain"))["error"] == "invalid_request"


def test_needs_no_response_type(github: Client) -> None:
    assert github.ask(response_type=None).status_code == 200
    assert query(github.ask(response_type="token"))["error"] == "unsupported_response_type"


@pytest.mark.parametrize("scheme", ["Bearer", "token"])
def test_tells_who_the_owner_of_a_token_is(github: Client, scheme: str) -> None:
    response = github.api(f"{API}/user", github.tokens()["access_token"], scheme)

    user = response.json()
    assert (user["login"], user["name"], user["type"]) == ("alice-archer", "Alice Archer", "User")
    assert type(user["id"]) is int
    assert user["email"] is None
    assert user["avatar_url"] == f"{github.url}/people/alice.png"
    assert response.headers["X-OAuth-Scopes"] == "user:email, read:org"


def test_shows_the_public_address_of_whoever_shows_one(github: Client) -> None:
    user = github.api(f"{API}/user", github.tokens("bob")["access_token"]).json()

    assert user["email"] == "bob@example.com"


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("alice", [("alice@example.com", True, True)]),
        ("bob", [("bob@example.com", True, True)]),
        ("una", [("una@example.com", True, False)]),
        ("nora", []),
    ],
)
def test_lists_addresses(
    github: Client, person: str, expected: list[tuple[str, bool, bool]]
) -> None:
    emails = github.api(f"{API}/user/emails", github.tokens(person)["access_token"]).json()

    assert [(each["email"], each["primary"], each["verified"]) for each in emails] == expected


def test_hides_addresses_without_their_scope(github: Client) -> None:
    token = github.tokens(scope="read:org")["access_token"]

    assert github.api(f"{API}/user/emails", token).status_code == 404


def test_a_wider_scope_includes_addresses(github: Client) -> None:
    token = github.tokens(scope="user")["access_token"]

    assert github.api(f"{API}/user/emails", token).status_code == 200


def test_lists_organisations_and_teams(github: Client) -> None:
    token = github.tokens("ada")["access_token"]

    organisations = github.api(f"{API}/user/orgs", token).json()
    teams = github.api(f"{API}/user/teams", token).json()

    assert [each["login"] for each in organisations] == ["acme"]
    assert [(each["slug"], each["organization"]["login"]) for each in teams] == [
        ("platform", "acme")
    ]


def test_tells_about_a_membership(github: Client) -> None:
    path = f"{API}/user/memberships/orgs/acme"
    member = github.api(path, github.tokens("alice")["access_token"])
    stranger = github.api(path, github.tokens("bob")["access_token"])

    assert (member.json()["state"], member.json()["role"]) == ("active", "member")
    assert (stranger.status_code, stranger.json()["message"]) == (404, "Not Found")


@pytest.mark.parametrize("path", ["/user/orgs", "/user/teams", "/user/memberships/orgs/acme"])
def test_keeps_organisations_from_a_token_without_their_scope(github: Client, path: str) -> None:
    token = github.tokens(scope="user:email")["access_token"]

    assert github.api(API + path, token).status_code == 403


@pytest.mark.parametrize("path", ["/user", "/user/emails", "/user/orgs", "/user/teams"])
def test_refuses_a_token_it_has_not_issued(github: Client, google: Client, path: str) -> None:
    foreign = google.tokens()["access_token"]

    for token in ("gho_a-guess", foreign):
        response = github.api(API + path, token)
        assert (response.status_code, response.json()["message"]) == (401, "Bad credentials")


def test_ends_one_token(github: Client) -> None:
    first, second = (github.tokens()["access_token"] for _ in range(2))

    assert _delete(github, "token", first).status_code == 204
    assert github.api(f"{API}/user", first).status_code == 401
    assert github.api(f"{API}/user", second).status_code == 200
    assert _delete(github, "token", first).status_code == 404


def test_ends_all_tokens_of_a_person(github: Client) -> None:
    first, second, other = (
        github.tokens(person)["access_token"] for person in ("alice", "alice", "bob")
    )

    assert _delete(github, "grant", first).status_code == 204
    assert github.api(f"{API}/user", second).status_code == 401
    assert github.api(f"{API}/user", other).status_code == 200


@pytest.mark.parametrize("what", ["token", "grant"])
def test_ends_tokens_for_their_application_alone(github: Client, what: str) -> None:
    token = github.tokens()["access_token"]
    github.client_secret = "a-guess"

    assert _delete(github, what, token).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"access_token": 7}', b"[" * 99_999])
def test_refuses_a_body_without_a_token(github: Client, body: bytes) -> None:
    url = f"{github.base_url}{API}/applications/{github.client_id}/token"
    auth = (github.client_id, github.client_secret)

    assert github.http.delete(url, data=body, auth=auth, timeout=5).status_code == 422


def test_refuses_a_broken_authorization_header(github: Client) -> None:
    header = "Basic " + base64.b64encode(b"\xff\xfe").decode()

    response = github.post(github.token_endpoint, headers={"Authorization": header})

    assert "error" in response.text
    assert response.status_code == 200


def test_sends_back_to_the_most_similar_registered_uri(
    simulator: SimulatorProcess, github: Client
) -> None:
    simulator.register("github", "https://other.example/back")

    response = github.ask(redirect_uri="https://other.example/back/further")

    assert response.headers["Location"].startswith("https://other.example/back?")


def _delete(github: Client, what: str, token: str) -> Response:
    url = f"{github.base_url}{API}/applications/{github.client_id}/{what}"
    auth = (github.client_id, github.client_secret)
    return github.http.delete(url, json={"access_token": token}, auth=auth, timeout=5)
