import re
from urllib.parse import parse_qs

import pytest
import responses

from oauth_client.doctor.credentials import credentials
from tests.fakes import GITHUB_TOKEN, add_provider
from tests.oauth_client.doctor.cases import MARKED, OK, PROBLEM, TOKEN, UNKNOWN, examined, outcomes
from tests.oauth_client.doctor.cases import subject as subject_of

pytestmark = pytest.mark.django_db
SECRET = "X-" + "5f1d09a3be72c648" * 2 + "e0c94b17"
WRONG_CODE = {"error": "invalid_grant", "error_codes": [9002313]}


def sent() -> list[dict[str, list[str]]]:
    return [parse_qs(str(call.request.body)) for call in responses.calls]


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
    list(credentials(subject_of(provider)))
    list(credentials(subject_of(provider)))
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
    assert made[1].check == "Next client secret"
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
    assert outcomes(credentials(subject_of())) == [UNKNOWN]


@responses.activate
def test_what_follows_is_the_same_request_with_a_secret_of_nobodys() -> None:
    responses.post(TOKEN, json={"error": "invalid_grant"}, status=400)
    list(credentials(examined("slack", client_secret=SECRET)))
    first, second = sent()
    assert set(first) == set(second)
    assert first["client_id"] == second["client_id"]
    assert first["code"] != second["code"]
    assert first["client_secret"] == [SECRET]
    assert second["client_secret"] != [SECRET]


@responses.activate
def test_that_secret_has_the_form_of_the_real_one() -> None:
    responses.post(TOKEN, json={"error": "invalid_grant"}, status=400)
    list(credentials(examined("slack", client_secret=SECRET)))
    (other,) = sent()[1]["client_secret"]
    assert re.fullmatch(r"X-[0-9a-f]{40}", other)
    assert [each.isdigit() for each in other] == [each.isdigit() for each in SECRET]


@responses.activate
def test_nothing_follows_where_the_first_answer_says_all() -> None:
    responses.post(TOKEN, json={"ok": False, "error": "bad_client_secret"})
    list(credentials(examined("slack")))
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize(
    ("kind", "sent", "other"),
    [
        ("openid_connect", "client_secret_basic", "client_secret_post"),
        ("openid_connect", "client_secret_post", "client_secret_basic"),
        ("auth0", "client_secret_post", "client_secret_basic"),
    ],
)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, "invalid_client"),
        (400, "unauthorized_client"),
        (400, "invalid_request"),
        (401, "access_denied"),
    ],
)
def test_a_secret_that_is_taken_in_the_other_way_alone_is_not_blamed(
    kind: str, sent: str, other: str, status: int, error: str
) -> None:
    responses.post(TOKEN, json={"error": error}, status=status)
    responses.post(TOKEN, json={"error": "invalid_grant"}, status=400)
    (found,) = credentials(examined(kind, token_endpoint_auth_method=sent))
    assert (found.outcome, found.value) == (PROBLEM, other)
    assert f"refuses the secret with {sent}, but accepts it with {other}" in found.cause
    by_header = ["Authorization" in call.request.headers for call in responses.calls]
    assert by_header == [sent.endswith("basic"), other.endswith("basic")]


@responses.activate
def test_the_other_way_is_tried_once() -> None:
    responses.post(TOKEN, json={"error": "invalid_client"}, status=401)
    (found,) = credentials(examined("openid_connect"))
    assert "refuses the client ID, the secret or the redirect URI" in found.cause
    assert len(responses.calls) == 2


@responses.activate
@pytest.mark.parametrize("status", [429, 503])
def test_the_other_way_is_not_tried_in_an_outage(status: int) -> None:
    responses.post(TOKEN, json={"error": "invalid_client"}, status=status)
    assert outcomes(credentials(examined("openid_connect"))) == [UNKNOWN]
    assert len(responses.calls) == 1


@responses.activate
def test_a_secret_that_is_signed_here_goes_one_way() -> None:
    responses.post(TOKEN, json={"error": "unauthorized_client"}, status=400)
    list(credentials(examined("apple")))
    assert len(responses.calls) == 1


@responses.activate
@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client", "invalid_request"])
def test_a_description_that_names_the_redirect_uri_is_believed(error: str) -> None:
    description = f"redirect_uri is not registered {MARKED}"
    responses.post(TOKEN, json={"error": error, "error_description": description}, status=400)
    (found,) = credentials(examined("openid_connect"))
    assert "redirect URI isn't registered at" in found.cause
    assert MARKED not in str(found)


@responses.activate
def test_an_outage_of_what_follows_leaves_the_secret_unknown() -> None:
    responses.post(TOKEN, json={"error": "invalid_grant"}, status=400)
    responses.post(TOKEN, json={"error": "invalid_client"}, status=503)
    assert outcomes(credentials(examined("okta"))) == [UNKNOWN]


@responses.activate
def test_what_follows_without_an_answer_leaves_the_secret_unknown() -> None:
    responses.post(TOKEN, json={"error": "invalid_grant"}, status=400)
    responses.post(TOKEN, body=ConnectionError())
    assert outcomes(credentials(examined("okta"))) == [UNKNOWN]


@responses.activate
@pytest.mark.parametrize(
    ("kind", "scope"), [("microsoft", ["client-1/.default"]), ("facebook", []), ("twitch", [])]
)
def test_a_token_of_the_application_s_own_shows_that_the_secret_is_right(
    kind: str, scope: list[str]
) -> None:
    wrong_code = {"error": {"code": 100}} if kind == "facebook" else WRONG_CODE
    responses.post(TOKEN, json=wrong_code, status=400)
    responses.post(TOKEN, json=wrong_code, status=400)
    responses.post(TOKEN, json={"access_token": MARKED, "token_type": "bearer"})
    (found,) = credentials(examined(kind))
    assert (found.outcome, "test token" in found.cause) == (OK, True)
    assert MARKED not in str(found)
    assert sent()[2]["grant_type"] == ["client_credentials"]
    assert sent()[2].get("scope", []) == scope
    assert "code" not in sent()[2]


@responses.activate
@pytest.mark.parametrize(
    ("kind", "status", "answer", "outcome", "words"),
    [
        ("microsoft", 401, {"error_codes": [7000215]}, PROBLEM, "but not the client secret"),
        ("microsoft", 401, {"error_codes": [7000222]}, PROBLEM, "has expired"),
        ("microsoft", 400, {"error_codes": [9001023]}, UNKNOWN, "whether the secret is correct"),
        ("microsoft", 401, {"error_codes": [7000229]}, UNKNOWN, "whether the secret is correct"),
        ("microsoft", 200, {"access_token": ""}, UNKNOWN, "whether the secret is correct"),
        ("microsoft", 400, {"access_token": MARKED}, UNKNOWN, "whether the secret is correct"),
        ("microsoft", 429, {"error_codes": [7000215]}, UNKNOWN, "whether the secret is correct"),
        ("twitch", 403, {"message": "invalid client secret"}, PROBLEM, "but not the client secret"),
        ("twitch", 400, {"message": "invalid client"}, PROBLEM, "doesn't know the client ID"),
    ],
)
def test_a_refusal_of_such_a_token_is_read_too(
    kind: str, status: int, answer: dict[str, object], outcome: str, words: str
) -> None:
    responses.post(TOKEN, json=WRONG_CODE, status=400)
    responses.post(TOKEN, json=WRONG_CODE, status=400)
    responses.post(TOKEN, json=answer, status=status)
    (found,) = credentials(examined(kind))
    assert found.outcome == outcome
    assert words in found.cause
    assert MARKED not in str(found)


@responses.activate
def test_no_token_is_asked_for_at_a_kind_that_is_not_named() -> None:
    responses.post(TOKEN, json={"error": "invalid_grant"}, status=400)
    list(credentials(examined("openid_connect")))
    assert [request["grant_type"] for request in sent()] == [["authorization_code"]] * 2


@responses.activate
def test_a_redirect_uri_that_may_be_the_reason_comes_with_its_value() -> None:
    responses.post(TOKEN, json={"error": "invalid_client"}, status=400)
    (found,) = credentials(examined("authentik"))
    assert found.value == "http://localhost:8000/sign-in/authentik/callback/"
