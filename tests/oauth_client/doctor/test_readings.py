"""What each provider is known to answer, and what the doctor makes of it.

Dates and sources stand beside the data, in oauth_client/doctor/readings.toml.
"""

from typing import Any

import pytest
import responses

from diagnosis.entries import DIAGNOSES
from oauth_client.doctor.credentials import BY_KIND, BY_RFC, OWN_TOKEN, WORDS, credentials
from providers import catalogue
from tests.oauth_client.doctor.cases import MARKED, OK, PROBLEM, TOKEN, UNKNOWN, examined, outcomes

pytestmark = pytest.mark.django_db


def error(code: str, description: str = MARKED) -> dict[str, Any]:
    return {"error": code, "error_description": description}


def microsoft(*numbers: int, code: str = "invalid_client") -> dict[str, Any]:
    return error(code) | {"error_codes": list(numbers)}


def facebook(number: object, message: str = MARKED) -> dict[str, Any]:
    return {"error": {"code": number, "message": message, "type": "OAuthException"}}


LINKEDIN = (
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match "
    "authorization code. Or authorization code expired. Or external member binding exists"
)
NOT_FOUND = "The OAuth client was not found."
WRONG_SECRET = "The client secret supplied for a confidential client is invalid."
BITBUCKET = error("unauthorized_client", "Invalid OAuth client credentials")
X = error("unauthorized_client", "Missing valid authorization header")
# Kind, status, answer, outcome, and words of the finding. Here every request gets this answer.
ALWAYS: list[tuple[str, int, dict[str, Any], str, str]] = [
    ("github", 200, error("bad_verification_code"), OK, "are correct"),
    ("github", 200, error("incorrect_client_credentials"), PROBLEM, "client ID or the secret"),
    ("github", 200, error("redirect_uri_mismatch"), PROBLEM, "redirect URI isn't registered"),
    ("github", 404, error("Not Found"), PROBLEM, "doesn't know the client ID"),
    ("github", 200, {"access_token": MARKED}, UNKNOWN, "(200, "),
    ("google", 400, error("invalid_grant", "Malformed auth code."), OK, "are correct"),
    ("google", 401, error("invalid_client", NOT_FOUND), PROBLEM, "doesn't know the client ID"),
    (
        "google",
        401,
        error("invalid_client", "The provided client secret is invalid."),
        PROBLEM,
        "but not the client secret",
    ),
    ("google", 401, error("invalid_client", "Unauthorized"), PROBLEM, "client ID or the secret"),
    ("google", 401, error("deleted_client"), PROBLEM, "deleted"),
    ("google", 401, error("disabled_client"), PROBLEM, "disabled"),
    ("google", 400, error("redirect_uri_mismatch", "Bad Request"), PROBLEM, "redirect URI"),
    ("google", 400, error("invalid_request"), UNKNOWN, "400, invalid_request"),
    ("microsoft", 401, microsoft(7000215), PROBLEM, "but not the client secret. (AADSTS7000215)"),
    ("microsoft", 401, microsoft(70002), PROBLEM, "but not the client secret"),
    ("microsoft", 401, microsoft(7000218), PROBLEM, "but not the client secret"),
    ("microsoft", 401, microsoft(7000222), PROBLEM, "has expired"),
    (
        "microsoft",
        400,
        microsoft(700016, code="unauthorized_client"),
        PROBLEM,
        "doesn't know the client ID",
    ),
    (
        "microsoft",
        400,
        microsoft(700011, code="unauthorized_client"),
        PROBLEM,
        "doesn't know the client ID",
    ),
    ("microsoft", 401, microsoft(7000112, code="unauthorized_client"), PROBLEM, "disabled"),
    ("microsoft", 401, microsoft(70001, code="unauthorized_client"), PROBLEM, "disabled"),
    ("microsoft", 400, microsoft(90002, code="invalid_request"), PROBLEM, "tenant doesn't exist"),
    ("microsoft", 400, microsoft(900023, code="invalid_request"), PROBLEM, "tenant doesn't exist"),
    ("microsoft", 400, microsoft(50011, code="invalid_request"), PROBLEM, "redirect URI"),
    ("microsoft", 400, microsoft(70004, code="invalid_request"), PROBLEM, "redirect URI"),
    ("microsoft", 401, microsoft(700025), PROBLEM, "doesn't allow this application"),
    ("microsoft", 401, microsoft(7000229), UNKNOWN, "401, AADSTS7000229"),
    ("microsoft", 400, microsoft(53003, code="access_denied"), PROBLEM, "AADSTS53003"),
    ("microsoft", 401, microsoft(10**30), UNKNOWN, "401, invalid_client"),
    (
        "microsoft",
        400,
        microsoft(9002313, code="invalid_grant"),
        UNKNOWN,
        "whether the secret is correct",
    ),
    (
        "slack",
        200,
        {"ok": False, "error": "invalid_code"},
        UNKNOWN,
        "whether the secret is correct",
    ),
    (
        "slack",
        200,
        {"ok": False, "error": "bad_client_secret"},
        PROBLEM,
        "but not the client secret",
    ),
    (
        "slack",
        200,
        {"ok": False, "error": "invalid_client_id"},
        PROBLEM,
        "doesn't know the client ID",
    ),
    ("slack", 200, {"ok": False, "error": "bad_redirect_uri"}, PROBLEM, "redirect URI"),
    ("slack", 200, {"ok": False, "error": "invalid_client"}, PROBLEM, "client ID or the secret"),
    (
        "facebook",
        400,
        facebook(1, "Error validating client secret."),
        PROBLEM,
        "but not the client secret",
    ),
    ("facebook", 400, facebook(1), UNKNOWN, "doesn't show"),
    ("facebook", 400, facebook(2), UNKNOWN, "doesn't show"),
    ("facebook", 400, facebook("101"), UNKNOWN, "doesn't show"),
    ("facebook", 400, facebook(101), PROBLEM, "doesn't know this client ID"),
    ("facebook", 400, facebook(100), UNKNOWN, "whether the secret is correct"),
    (
        "twitch",
        400,
        {"message": "Invalid authorization code"},
        UNKNOWN,
        "whether the secret is correct",
    ),
    ("twitch", 403, {"message": "invalid client secret"}, PROBLEM, "but not the client secret"),
    ("twitch", 400, {"message": "invalid client"}, PROBLEM, "doesn't know the client ID"),
    (
        "twitch",
        400,
        {"message": "Parameter redirect_uri does not match registeredURI"},
        PROBLEM,
        "redirect URI",
    ),
    ("twitch", 400, {"message": MARKED}, UNKNOWN, "(400, "),
    ("apple", 400, error("invalid_grant"), OK, "are correct"),
    ("apple", 400, error("invalid_client"), PROBLEM, "signs with the private key"),
    ("gitlab", 401, error("invalid_client"), PROBLEM, "client ID or the secret"),
    ("gitlab", 400, error("invalid_grant"), OK, "are correct"),
    ("discord", 401, error("invalid_client"), PROBLEM, "client ID or the secret"),
    (
        "discord",
        400,
        error("invalid_grant", 'Invalid "code" in request.'),
        UNKNOWN,
        "whether the secret",
    ),
    (
        "discord",
        400,
        error("invalid_request", 'Invalid "redirect_uri" in request.'),
        PROBLEM,
        "redirect URI",
    ),
    ("linkedin_oauth2", 401, error("invalid_client"), PROBLEM, "client ID or the secret"),
    ("linkedin_oauth2", 400, error("invalid_client_id"), PROBLEM, "client ID or the secret"),
    (
        "linkedin_oauth2",
        400,
        error("invalid_request", LINKEDIN),
        UNKNOWN,
        "whether the secret is correct",
    ),
    (
        "linkedin_oauth2",
        400,
        error("invalid_redirect_uri", LINKEDIN),
        UNKNOWN,
        "whether the secret",
    ),
    ("twitter_oauth2", 401, X, PROBLEM, "client ID or the secret"),
    ("bitbucket_oauth2", 400, BITBUCKET, PROBLEM, "client ID or the secret"),
    ("auth0", 401, error("access_denied", "Unauthorized"), PROBLEM, "client ID or the secret"),
    ("auth0", 403, error("invalid_grant", "Invalid authorization code"), OK, "are correct"),
    ("okta", 401, error("invalid_client", WRONG_SECRET), PROBLEM, "but not the client secret"),
    (
        "okta",
        401,
        {"errorCode": "invalid_client", "errorSummary": MARKED},
        PROBLEM,
        "doesn't know the client ID",
    ),
    ("okta", 400, error("unauthorized_client"), PROBLEM, "doesn't allow this application"),
    ("keycloak", 401, error("unauthorized_client"), PROBLEM, "client ID or the secret"),
    ("keycloak", 401, error("invalid_client"), PROBLEM, "or the client is disabled"),
    ("authentik", 400, error("invalid_client"), PROBLEM, "the secret or the redirect URI"),
    ("authentik", 400, error("invalid_grant"), UNKNOWN, "whether the secret is correct"),
    ("openid_connect", 401, error("unauthorized_client"), PROBLEM, "secret or the redirect URI"),
    ("openid_connect", 401, error("access_denied"), PROBLEM, "client ID or the secret"),
    ("openid_connect", 400, error(MARKED), UNKNOWN, "no known error code"),
    ("openid_connect", 429, error("invalid_client"), UNKNOWN, "too many requests"),
    ("openid_connect", 503, error("invalid_client"), UNKNOWN, "status 503"),
]
Said = tuple[int, dict[str, Any]]
# Kind, the answer to a wrong code, and the answer to the same with a wrong secret.
BEFORE_THE_CODE: list[tuple[str, Said, Said]] = [
    ("slack", (200, error("invalid_code")), (200, error("bad_client_secret"))),
    ("discord", (400, error("invalid_grant")), (401, error("invalid_client"))),
    ("discord", (400, error("invalid_request")), (401, error("invalid_client"))),
    (
        "linkedin_oauth2",
        (400, error("invalid_request", LINKEDIN)),
        (401, error("invalid_client", "Client authentication failed")),
    ),
    ("twitter_oauth2", (400, error("invalid_request")), (401, X)),
    ("bitbucket_oauth2", (400, error("invalid_grant")), (400, BITBUCKET)),
    ("okta", (400, error("invalid_grant")), (401, error("invalid_client", WRONG_SECRET))),
    ("keycloak", (400, error("invalid_grant")), (401, error("unauthorized_client"))),
    ("authentik", (400, error("invalid_grant")), (400, error("invalid_client"))),
    ("openid_connect", (400, error("invalid_grant")), (401, error("invalid_client"))),
    ("spotify", (400, error("invalid_grant")), (400, error("invalid_client"))),
    ("microsoft", (400, microsoft(70008, code="invalid_grant")), (401, microsoft(7000215))),
    ("facebook", (400, facebook(100)), (400, facebook(1, "Error validating client secret."))),
    (
        "twitch",
        (400, {"message": "Invalid authorization code"}),
        (403, {"message": "invalid client secret"}),
    ),
]


def answer(*said: Said) -> None:
    for status, body in said:
        responses.post(TOKEN, json=body, status=status)


@responses.activate
@pytest.mark.parametrize(
    ("kind", "status", "body", "outcome", "words"),
    ALWAYS,
    ids=[f"{number}-{case[0]}-{case[3]}" for number, case in enumerate(ALWAYS)],
)
def test_reads_the_answer_to_a_wrong_code(
    kind: str, status: int, body: dict[str, Any], outcome: str, words: str
) -> None:
    answer((status, body))
    found = list(credentials(examined(kind)))
    assert outcomes(found) == [outcome]
    assert words in found[0].cause
    assert MARKED.lower() not in str(found).lower()


@responses.activate
@pytest.mark.parametrize(
    ("kind", "first", "second"),
    BEFORE_THE_CODE,
    ids=[f"{number}-{case[0]}" for number, case in enumerate(BEFORE_THE_CODE)],
)
def test_a_secret_is_right_where_another_one_is_refused_before_the_code(
    kind: str, first: Said, second: Said
) -> None:
    answer(first, second)
    (found,) = credentials(examined(kind))
    assert (found.outcome, len(responses.calls)) == (OK, 2)
    assert "refuses a different secret" in found.cause


def test_every_kind_with_readings_exists() -> None:
    assert {*BY_KIND, *OWN_TOKEN} <= set(catalogue.kinds())


def test_every_reading_is_a_diagnosis_or_has_its_words() -> None:
    readings = {reading for known in (BY_RFC, *BY_KIND.values()) for reading in known.values()}
    assert readings <= {*WORDS, *DIAGNOSES}


def test_few_are_known_to_look_at_the_secret_before_the_code() -> None:
    known = {kind for kind, said in BY_KIND.items() if "good" in said.values()}
    assert known == {"github", "google", "gitlab", "apple", "auth0"}
