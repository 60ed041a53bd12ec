from typing import Any
from urllib.parse import parse_qs

import pytest
import responses

from oauth_client import catalogue
from oauth_client.doctor.credentials import credentials
from oauth_client.doctor.readings import BY_KIND
from oauth_client.doctor.subject import Subject
from oauth_client.flow import AuthorizationServer
from tests.fakes import GITHUB_TOKEN, add_provider
from tests.oauth_client.doctor.cases import OK, PROBLEM, UNKNOWN, outcomes, subject
from tests.oauth_client.providers.answers.entry import APPLE_EXTRA, TENANT

pytestmark = pytest.mark.django_db
TOKEN = "https://token.example/token"
MARKED = "MARKED-BODY"


def examined(kind: str, **fields: Any) -> Subject:
    """Return a provider of a kind, with a token endpoint that a test answers for."""
    if catalogue.kind(kind).needs_base_url:
        fields["base_url"] = "https://op.example"
    if kind == "microsoft":
        fields["extra"] = {"tenant": TENANT}
    if kind == "apple":
        fields |= {"extra": APPLE_EXTRA, "client_secret": ""}
    found = subject(add_provider(kind, kind, **fields))
    found.server = AuthorizationServer("https://token.example/authorize", TOKEN)
    return found


def microsoft(*numbers: int, error: str = "invalid_client") -> dict[str, Any]:
    return {"error": error, "error_codes": list(numbers), "error_description": MARKED}


CASES: list[tuple[str, int, dict[str, Any], str, str]] = [
    ("github", 200, {"error": "bad_verification_code"}, OK, "are right"),
    ("github", 200, {"error": "incorrect_client_credentials"}, PROBLEM, "client ID or the secret"),
    ("github", 200, {"error": "redirect_uri_mismatch"}, PROBLEM, "redirect URI is not registered"),
    ("github", 404, {"error": "Not Found"}, PROBLEM, "does not know this client ID"),
    ("github", 200, {"access_token": MARKED}, UNKNOWN, "not understood: 200"),
    ("google", 400, {"error": "invalid_grant"}, OK, "are right"),
    ("google", 401, {"error": "invalid_client"}, PROBLEM, "client ID or the secret"),
    ("google", 401, {"error": "deleted_client"}, PROBLEM, "deleted"),
    ("google", 400, {"error": "redirect_uri_mismatch"}, PROBLEM, "redirect URI"),
    ("google", 400, {"error": "invalid_request"}, UNKNOWN, "400, invalid_request"),
    ("microsoft", 401, microsoft(7000215), PROBLEM, "refuses the secret"),
    ("microsoft", 401, microsoft(7000222), PROBLEM, "has expired"),
    ("microsoft", 400, microsoft(700016, error="unauthorized_client"), PROBLEM, "this client ID"),
    ("microsoft", 400, microsoft(90002, error="invalid_request"), PROBLEM, "no such tenant"),
    ("microsoft", 400, microsoft(9002313, error="invalid_grant"), UNKNOWN, "AADSTS9002313"),
    ("microsoft", 400, microsoft(1, error="invalid_grant"), UNKNOWN, "may not have"),
    ("slack", 200, {"ok": False, "error": "invalid_code"}, OK, "are right"),
    ("slack", 200, {"ok": False, "error": "bad_client_secret"}, PROBLEM, "refuses the secret"),
    ("slack", 200, {"ok": False, "error": "invalid_client_id"}, PROBLEM, "this client ID"),
    ("slack", 200, {"ok": False, "error": "bad_redirect_uri"}, PROBLEM, "redirect URI"),
    ("facebook", 400, {"error": {"code": 1, "message": MARKED}}, PROBLEM, "refuses the secret"),
    ("facebook", 400, {"error": {"code": 2}}, UNKNOWN, "not understood"),
    ("facebook", 400, {"error": {"code": 100}}, UNKNOWN, "may not have looked further"),
    ("facebook", 400, {"error": {"code": "1"}}, UNKNOWN, "not understood"),
    (
        "twitch",
        400,
        {"status": 400, "message": "Invalid authorization code"},
        UNKNOWN,
        "not have looked",
    ),
    ("twitch", 403, {"status": 403, "message": "invalid client secret"}, PROBLEM, "the secret"),
    ("twitch", 400, {"status": 400, "message": MARKED}, UNKNOWN, "not understood: 400"),
    ("apple", 400, {"error": "invalid_grant"}, OK, "are right"),
    ("apple", 400, {"error": "invalid_client"}, PROBLEM, "client ID or the secret"),
    ("gitlab", 401, {"error": "invalid_client"}, PROBLEM, "client ID or the secret"),
    ("gitlab", 400, {"error": "invalid_grant"}, OK, "are right"),
    ("discord", 401, {"error": "invalid_client"}, PROBLEM, "client ID or the secret"),
    ("discord", 400, {"error": "invalid_grant"}, OK, "are right"),
    ("keycloak", 401, {"error": "unauthorized_client"}, PROBLEM, "client ID or the secret"),
    ("okta", 400, {"error": "unauthorized_client"}, PROBLEM, "authorization code flow"),
    ("openid_connect", 400, {"error": MARKED}, UNKNOWN, "no error code that is known"),
    ("openid_connect", 429, {"error": "invalid_client"}, UNKNOWN, "pause"),
    ("openid_connect", 503, {"error": "invalid_client"}, UNKNOWN, "status 503"),
]


@responses.activate
@pytest.mark.parametrize(
    ("kind", "status", "answer", "outcome", "words"),
    CASES,
    ids=[f"{number}-{case[0]}-{case[3]}" for number, case in enumerate(CASES)],
)
def test_reads_the_answer_to_a_wrong_code(
    kind: str, status: int, answer: dict[str, Any], outcome: str, words: str
) -> None:
    responses.post(TOKEN, json=answer, status=status)
    found = list(credentials(examined(kind)))
    assert outcomes(found) == [outcome]
    assert words in found[0].cause
    assert MARKED not in str(found)


@responses.activate
@pytest.mark.parametrize("body", ["not JSON", "[]", '{"error": []}', ""])
def test_an_answer_of_no_shape_is_unknown(body: str) -> None:
    responses.post(TOKEN, body=body)
    assert outcomes(credentials(examined("github"))) == [UNKNOWN]


@responses.activate
def test_reads_an_answer_in_form_encoding() -> None:
    responses.post(
        TOKEN,
        body="error=bad_verification_code",
        content_type="application/x-www-form-urlencoded; charset=utf-8",
    )
    assert outcomes(credentials(examined("github"))) == [OK]


@responses.activate
def test_sends_what_a_sign_in_sends_with_a_code_of_nobodys() -> None:
    responses.post(GITHUB_TOKEN, json={"error": "bad_verification_code"})
    provider = add_provider("github", "github")
    list(credentials(subject(provider)))
    list(credentials(subject(provider)))
    first, second = (parse_qs(str(call.request.body)) for call in responses.calls)
    assert set(first) == {
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "client_id",
        "client_secret",
    }
    assert first["redirect_uri"] == [provider.redirect_uri]
    assert first["code"] != second["code"]


@responses.activate
def test_an_unregistered_redirect_uri_comes_with_the_value_to_register() -> None:
    responses.post(TOKEN, json={"error": "redirect_uri_mismatch"})
    found = next(iter(credentials(examined("github"))))
    assert found.value == "http://localhost:8000/sign-in/github/callback/"


@responses.activate
def test_a_secret_that_waits_is_tried_too() -> None:
    responses.post(TOKEN, json={"error": "bad_verification_code"})
    responses.post(TOKEN, json={"error": "incorrect_client_credentials"})
    found = examined("github")
    found.provider.next_client_secret = "the next secret"
    assert outcomes(made := list(credentials(found))) == [OK, PROBLEM]
    assert made[1].cause.startswith("Of the next secret: ")
    assert "client_secret=the+next+secret" in str(responses.calls[1].request.body)


@responses.activate
def test_a_next_secret_that_cannot_be_opened_is_unknown() -> None:
    responses.post(TOKEN, json={"error": "bad_verification_code"})
    found = examined("github")
    found.provider.sealed_next_client_secret = "torn"
    assert outcomes(credentials(found)) == [OK, UNKNOWN]


@responses.activate
def test_no_answer_is_no_verdict_on_the_secret() -> None:
    found = next(iter(credentials(examined("github"))))
    assert found.outcome is PROBLEM
    assert "accepts no connection" in found.cause


def test_nothing_is_sent_where_the_endpoints_are_not_known() -> None:
    assert outcomes(credentials(subject())) == [UNKNOWN]


def test_every_kind_with_readings_exists() -> None:
    assert set(BY_KIND) <= set(catalogue.kinds())
