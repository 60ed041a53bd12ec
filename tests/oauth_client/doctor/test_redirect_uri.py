import base64

import pytest
import responses

from oauth_client.doctor import examine
from oauth_client.doctor.redirect_uri import redirect_uri
from tests.fakes import add_provider
from tests.oauth_client.doctor.cases import (
    OK,
    PROBLEM,
    UNKNOWN,
    examined,
    nowhere,
    of,
    outcomes,
    subject,
)

pytestmark = pytest.mark.django_db
AUTHORIZE = "https://token.example/authorize"
OURS = "http://localhost:8000/sign-in/github/callback/"
ANY = "http://localhost:8000/sign-in/openid_connect/callback/"
AUTH_ERROR = base64.urlsafe_b64encode(b"\n\x15redirect_uri_mismatch\x12\x01x").decode().rstrip("=")
LOG_IN = "https://op.example/login?return_to=x"


def answer(status: int, location: str = "", **headers: str) -> None:
    headers |= {"Location": location} if location else {}
    responses.get(AUTHORIZE, status=status, headers=headers)


@responses.activate
@pytest.mark.parametrize(
    ("kind", "status", "location", "outcome"),
    [
        ("github", 302, f"{OURS}?error=redirect_uri_mismatch&state=x", PROBLEM),
        ("github", 302, "https://github.com/login?return_to=x", UNKNOWN),
        ("github", 200, "", UNKNOWN),
        ("github", 404, "", UNKNOWN),
        ("google", 302, f"https://x.test/signin/oauth/error?authError={AUTH_ERROR}", PROBLEM),
        ("google", 302, "https://x.test/signin/oauth/error?authError=abcde", PROBLEM),
        ("google", 302, "https://x.test/v3/signin/identifier?continue=x", UNKNOWN),
        ("google", 400, "", PROBLEM),
        ("keycloak", 400, "", PROBLEM),
        ("auth0", 403, "", PROBLEM),
        ("okta", 403, "", PROBLEM),
        ("openid_connect", 400, "", PROBLEM),
        ("openid_connect", 403, "", PROBLEM),
        ("openid_connect", 422, "", PROBLEM),
        ("openid_connect", 302, "/oauth2/fallbacks/error?error=invalid_request", PROBLEM),
        ("openid_connect", 302, "https://op.example/page?error=invalid_client", PROBLEM),
        ("openid_connect", 302, "https://op.example/page#error=invalid_request", PROBLEM),
        ("openid_connect", 303, "https://op.example/ui/Error", PROBLEM),
        ("openid_connect", 302, "https://op.example/login?error=whatever", UNKNOWN),
        ("openid_connect", 302, "https://op.example/terrors", UNKNOWN),
        ("openid_connect", 200, "", UNKNOWN),
        ("openid_connect", 500, "", UNKNOWN),
        ("openid_connect", 429, "", UNKNOWN),
        ("discord", 400, "", UNKNOWN),
    ],
)
def test_reads_what_the_provider_says_before_anybody_signs_in(
    kind: str, status: int, location: str, outcome: str
) -> None:
    answer(status, location)
    found = list(redirect_uri(examined(kind)))
    assert outcomes(found) == [outcome]
    assert found[0].value.endswith(f"/sign-in/{kind}/callback/")
    assert "x.test" not in str(found)


@responses.activate
@pytest.mark.parametrize(
    "location",
    [
        "http://[::1",
        "https://op.example:port/",
        "https://[op]/error",
        "//",
        "?",
        "\\\\x",
        "e" * 9000,
    ],
)
def test_a_location_of_any_shape_is_read_or_unknown(location: str) -> None:
    answer(302, location)
    assert outcomes(redirect_uri(examined("openid_connect"))) == [UNKNOWN]


@responses.activate
@pytest.mark.parametrize(
    ("refusal", "location"), [(400, ""), (403, ""), (302, "https://op.example/error")]
)
def test_a_provider_that_refuses_another_uri_alone_takes_ours(refusal: int, location: str) -> None:
    answer(302, LOG_IN)
    answer(refusal, location)
    assert outcomes(redirect_uri(examined("openid_connect"))) == [OK]
    asked = [call.request.params["redirect_uri"] for call in responses.calls]  # type: ignore[attr-defined]
    assert asked[0] == ANY
    assert asked[1].startswith("http://localhost:8000/sign-in/openid_connect/")
    assert asked[1] != ANY


@responses.activate
def test_a_provider_that_sends_back_to_any_uri_shows_nothing() -> None:
    answer(302, LOG_IN)
    answer(302, "http://localhost:8000/sign-in/openid_connect/elsewhere/?error=access_denied")
    assert outcomes(redirect_uri(examined("openid_connect"))) == [UNKNOWN]


@responses.activate
def test_no_answer_about_another_uri_leaves_ours_unknown() -> None:
    answer(302, LOG_IN)
    responses.get(AUTHORIZE, body=ConnectionError())
    assert outcomes(redirect_uri(examined("openid_connect"))) == [UNKNOWN]


@responses.activate
def test_a_guard_against_robots_says_nothing_of_the_uri() -> None:
    answer(403, **{"cf-mitigated": "challenge"})
    assert outcomes(redirect_uri(examined("openid_connect"))) == [UNKNOWN]


@responses.activate
@pytest.mark.parametrize(
    ("error", "outcome", "words"),
    [
        ("invalid_scope", PROBLEM, "refuses one of the scopes"),
        ("unauthorized_client", PROBLEM, "doesn't allow this application"),
        ("unsupported_response_type", PROBLEM, "doesn't allow this application"),
        ("invalid_request", PROBLEM, "refused the authorization request"),
        ("access_denied", OK, "accepts this redirect URI"),
        ("MARKED", OK, "accepts this redirect URI"),
    ],
)
def test_a_provider_that_sends_the_browser_back_takes_the_uri(
    error: str, outcome: str, words: str
) -> None:
    answer(302, f"{ANY}?error={error}&state=x")
    (found,) = redirect_uri(examined("openid_connect"))
    assert (found.outcome, "MARKED" in str(found)) == (outcome, False)
    assert words in found.cause


@responses.activate
def test_no_answer_is_said_so() -> None:
    report = examine(add_provider("github", "github"), resolve=nowhere)
    assert outcomes(of(report, "Redirect URI")) == [PROBLEM]


def test_nothing_is_sent_where_the_endpoints_are_not_known() -> None:
    (found,) = redirect_uri(subject())
    assert found.outcome is UNKNOWN
    assert found.value == "http://localhost:8000/sign-in/demo/callback/"
