from typing import Any

import pytest
import responses

from oauth_client.doctor.metadata import endpoints
from tests.fakes import ISSUER, add_provider
from tests.oauth_client.doctor.cases import (
    DISCOVERY,
    OK,
    PROBLEM,
    UNKNOWN,
    WARNING,
    outcomes,
    publish,
    subject,
)
from tests.providers.clients.answers.entry import APPLE_EXTRA

pytestmark = pytest.mark.django_db
METHODS = "token_endpoint_auth_methods_supported"


@responses.activate
def test_a_good_document_gives_the_endpoints() -> None:
    publish()
    examined = subject()
    assert outcomes(endpoints(examined)) == [OK] * 5
    assert examined.server is not None
    assert examined.server.token_endpoint == f"{ISSUER}/token"


@responses.activate
@pytest.mark.parametrize(
    ("members", "outcome", "words", "value"),
    [
        ({"response_types_supported": ["id_token"]}, PROBLEM, "authorization code flow", "code"),
        ({"response_types_supported": None}, UNKNOWN, "list the flows", ""),
        ({"code_challenge_methods_supported": ["plain"]}, WARNING, "not with S256", "S256"),
        ({"code_challenge_methods_supported": "S256"}, UNKNOWN, "PKCE", ""),
        ({"id_token_signing_alg_values_supported": ["HS256"]}, PROBLEM, "signs ID", "RS256"),
        ({"id_token_signing_alg_values_supported": None}, UNKNOWN, "say how it signs", ""),
        ({METHODS: ["client_secret_post"]}, PROBLEM, "client_secret_basic", "client_secret_post"),
        ({METHODS: ["private_key_jwt"]}, PROBLEM, "client_secret_basic", "client_secret_basic"),
        ({METHODS: None}, UNKNOWN, "how it accepts the secret", ""),
        ({"jwks_uri": "https://keys.other.test/"}, WARNING, "jwks_uri is at keys.other.test", ""),
        ({"token_endpoint": "https://10.1.2.3/t"}, WARNING, "token_endpoint is at 10.1.2.3", ""),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else None,
)
def test_compares_with_what_a_sign_in_needs(
    members: dict[str, Any], outcome: str, words: str, value: str
) -> None:
    publish(**members)
    (found,) = (finding for finding in endpoints(subject()) if finding.outcome is not OK)
    assert (found.outcome, found.value) == (outcome, value)
    assert words in found.cause


@responses.activate
@pytest.mark.parametrize(
    ("issuer", "words", "value"),
    [
        (f"{ISSUER}/", "Only the slash at the end differs.", f"{ISSUER}/"),
        (
            "https://other.example",
            "https://other.example, but Signet expects https://op.example",
            None,
        ),
        (None, "names no issuer", ""),
        (["https://op.example"], "names no issuer", ""),
        ("x" * 501, "names no issuer", ""),
    ],
    ids=["slash", "another", "none", "list", "long"],
)
def test_compares_the_issuer_letter_by_letter(
    issuer: object, words: str, value: str | None
) -> None:
    publish(issuer=issuer)
    examined = subject()
    (found,) = endpoints(examined)
    assert found.outcome is PROBLEM
    assert words in found.cause
    assert found.value == (issuer if value is None else value)
    assert examined.server is None


@responses.activate
def test_a_missing_document_is_a_problem_with_the_address_to_open() -> None:
    responses.get(DISCOVERY, status=404, body="a secret page")
    (found,) = endpoints(subject())
    assert (found.outcome, found.value) == (PROBLEM, DISCOVERY)
    assert "404" in found.cause


def test_nothing_is_discovered_where_the_addresses_are_known() -> None:
    github = add_provider("github", "github")
    apple = add_provider("apple", "apple", extra=APPLE_EXTRA, client_secret="")
    for provider in (github, apple):
        assert outcomes(endpoints(subject(provider))) == [OK]


@responses.activate
def test_a_secret_that_is_made_anew_has_no_method_to_compare() -> None:
    publish()
    examined = subject()
    examined.registration = None
    assert len(list(endpoints(examined))) == 4


def test_says_why_the_provider_cannot_be_asked_at_all() -> None:
    provider = add_provider()
    provider.sealed_client_secret = "torn"
    (found,) = endpoints(subject(provider))
    assert found.outcome is PROBLEM
    assert "can't be decrypted with ENCRYPTION_KEYS. (ENCRYPTION" in found.cause


@responses.activate
def test_the_sites_of_google_are_its_own() -> None:
    google = "https://accounts.google.com"
    document = {
        "issuer": google,
        "authorization_endpoint": f"{google}/o/oauth2/v2/auth",
        "token_endpoint": "https://oauth2.googleapis.com/token",
        "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
    }
    responses.get(f"{google}/.well-known/openid-configuration", json=document)
    found = outcomes(endpoints(subject(add_provider("google", "google"))))
    assert found == [OK, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]


B2C = "https://team.b2clogin.com/775527ff-9a37-4307-8b3d-cc311f58d925/v2.0/"


@responses.activate
@pytest.mark.parametrize(
    ("kind", "issuer", "fix"),
    [
        ("openid_connect", f"{ISSUER}/", "enter exactly this as the base URL:"),
        (
            "openid_connect",
            B2C,
            "keep the base URL, and enter exactly this as the Issuer, under More:",
        ),
        ("okta", "https://another.okta.test", "enter exactly this as the base URL:"),
    ],
)
def test_says_where_the_issuer_has_to_be_entered(kind: str, issuer: str, fix: str) -> None:
    publish(issuer=issuer)
    (found,) = endpoints(subject(add_provider(kind, kind, base_url=ISSUER)))
    assert found.value == issuer
    assert found.fix == f"If that is your issuer, {fix}"


@responses.activate
def test_says_of_an_issuer_with_a_tenant_that_it_is_of_the_kind_microsoft() -> None:
    publish(issuer="https://login.microsoftonline.com/{tenantid}/v2.0")
    (found,) = endpoints(subject())
    assert found.fix == "This issuer is for all tenants of Microsoft. Add Microsoft instead."


@responses.activate
def test_the_issuer_that_was_entered_is_the_one_of_the_document() -> None:
    publish(issuer=B2C)
    assert outcomes(endpoints(subject(extra={"issuer": B2C})))[0] is OK


@responses.activate
def test_the_address_of_the_document_is_asked_where_it_was_entered() -> None:
    publish()
    assert outcomes(endpoints(subject(base_url=DISCOVERY)))[0] is OK
