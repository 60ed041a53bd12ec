import base64

import pytest
import responses

from oauth_client import catalogue
from oauth_client.doctor.redirect_uri import GOOD_PAGES, REFUSALS, redirect_uri
from tests.oauth_client.doctor.cases import OK, PROBLEM, UNKNOWN, examined, outcomes, subject

pytestmark = pytest.mark.django_db
AUTHORIZE = "https://token.example/authorize"
OURS = "http://localhost:8000/sign-in/github/callback/"
AUTH_ERROR = base64.urlsafe_b64encode(b"\n\x15redirect_uri_mismatch\x12\x01x").decode().rstrip("=")


@responses.activate
@pytest.mark.parametrize(
    ("kind", "status", "location", "outcome"),
    [
        ("github", 302, f"{OURS}?error=redirect_uri_mismatch&state=x", PROBLEM),
        ("github", 302, "https://github.com/login?return_to=x", UNKNOWN),
        ("github", 200, "", UNKNOWN),
        ("github", 404, "", UNKNOWN),
        ("google", 302, f"https://x.test/signin/oauth/error?authError={AUTH_ERROR}", PROBLEM),
        ("google", 302, "https://x.test/signin/oauth/error?authError=abcde", UNKNOWN),
        ("google", 302, "https://x.test/v3/signin/identifier?continue=x", UNKNOWN),
        ("google", 400, "", PROBLEM),
        ("keycloak", 400, "", PROBLEM),
        ("keycloak", 200, "", OK),
        ("auth0", 403, "", PROBLEM),
        ("okta", 403, "", UNKNOWN),
        ("openid_connect", 400, "", PROBLEM),
        ("openid_connect", 200, "", UNKNOWN),
        ("openid_connect", 500, "", UNKNOWN),
        ("discord", 400, "", UNKNOWN),
    ],
)
def test_reads_what_the_provider_says_before_anybody_signs_in(
    kind: str, status: int, location: str, outcome: str
) -> None:
    headers = {"Location": location} if location else {}
    responses.get(AUTHORIZE, status=status, headers=headers)
    found = list(redirect_uri(examined(kind)))
    assert outcomes(found) == [outcome]
    assert outcome is OK or found[0].value.endswith(f"/sign-in/{kind}/callback/")
    assert "x.test" not in str(found)


@responses.activate
def test_no_answer_is_said_so() -> None:
    assert outcomes(redirect_uri(examined("github"))) == [PROBLEM]


def test_nothing_is_sent_where_the_endpoints_are_not_known() -> None:
    (found,) = redirect_uri(subject())
    assert found.outcome is UNKNOWN
    assert found.value == "http://localhost:8000/sign-in/demo/callback/"


def test_every_kind_that_is_named_exists() -> None:
    assert set(REFUSALS) | GOOD_PAGES <= set(catalogue.kinds())
