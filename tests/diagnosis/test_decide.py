"""From facts to a diagnosis: a table, and that every code has one."""

import pytest

from diagnosis.decide import RULES, Facts, diagnose
from diagnosis.entries import DIAGNOSES
from protocol.errors import ErrorCode

E = ErrorCode
REFUSED = {"code": E.AUTHORIZATION_REFUSED, "step": 4}
TABLE: dict[str, tuple[dict[str, object], str]] = {
    "the secret is refused": ({"code": E.INVALID_CLIENT}, "wrong_client_secret"),
    "the ID is refused, in Slack's word": (
        {"code": E.INVALID_CLIENT, "provider_error": "invalid_client_id", "kind": "slack"},
        "wrong_client_id",
    ),
    "the secret is refused, in LinkedIn's word": (
        {
            "code": E.INVALID_CLIENT,
            "provider_error": "invalid_client_id",
            "kind": "linkedin_oauth2",
        },
        "wrong_client_secret",
    ),
    "the secret is refused, in Auth0's word": (
        {"code": E.TOKEN_REFUSED, "provider_error": "access_denied", "kind": "auth0"},
        "wrong_client_secret",
    ),
    "the grant is refused, in Okta's word": (
        {"code": E.TOKEN_REFUSED, "provider_error": "unauthorized_client", "kind": "okta"},
        "client_not_allowed",
    ),
    "the client is deleted, in Google's word": (
        {"code": E.INVALID_CLIENT, "provider_error": "deleted_client", "kind": "google"},
        "application_suspended",
    ),
    "the client is disabled, in Google's word": (
        {"code": E.INVALID_CLIENT, "provider_error": "disabled_client", "kind": "google"},
        "application_suspended",
    ),
    "the code, as an invalid request": (
        {"code": E.TOKEN_REFUSED, "provider_error": "invalid_request", "hint": "code"},
        "invalid_grant",
    ),
    "another invalid request": (
        {"code": E.TOKEN_REFUSED, "provider_error": "invalid_request"},
        "token_refused",
    ),
    "a code is spoken of with another word": (
        {"code": E.TOKEN_REFUSED, "provider_error": "unsupported_grant_type", "hint": "code"},
        "token_refused",
    ),
    "the ID is refused, in GitHub's status": (
        {"code": E.TOKEN_REFUSED, "kind": "github", "status": 404},
        "wrong_client_id",
    ),
    "the ID is refused, in Microsoft's number": (
        {"code": E.TOKEN_REFUSED, "kind": "microsoft", "hint": "AADSTS700016"},
        "wrong_client_id",
    ),
    "a secret with a space is refused": (
        {"code": E.INVALID_CLIENT, "secret_has_space": True},
        "client_secret_with_space",
    ),
    "a secret that has expired is refused": (
        {"code": E.INVALID_CLIENT, "secret_is_expired": True},
        "client_secret_expired",
    ),
    "a secret has expired, in Microsoft's number": (
        {"code": E.INVALID_CLIENT, "hint": "AADSTS7000222"},
        "client_secret_expired",
    ),
    "the secret is refused, in Keycloak's word": (
        {"code": E.TOKEN_REFUSED, "provider_error": "unauthorized_client"},
        "wrong_client_secret",
    ),
    "an expired secret, in Keycloak's word": (
        {
            "code": E.TOKEN_REFUSED,
            "provider_error": "unauthorized_client",
            "secret_is_expired": True,
        },
        "client_secret_expired",
    ),
    "the redirect URI, before the visitor is asked": (
        {"code": E.REDIRECT_URI_MISMATCH, "step": 4},
        "redirect_uri_not_registered",
    ),
    "the redirect URI, in a description": (
        REFUSED | {"provider_error": "invalid_request", "hint": "redirect_uri"},
        "redirect_uri_not_registered",
    ),
    "the redirect URI, at the token endpoint": (
        {"code": E.REDIRECT_URI_MISMATCH, "step": 6},
        "redirect_uri_mismatch",
    ),
    "the redirect URI, in the description of a refused code": (
        {"code": E.INVALID_GRANT, "hint": "redirect_uri"},
        "redirect_uri_mismatch",
    ),
    "the code": ({"code": E.INVALID_GRANT}, "invalid_grant"),
    "the verifier": ({"code": E.INVALID_GRANT, "hint": "pkce"}, "pkce_refused"),
    "the challenge": (REFUSED | {"hint": "pkce"}, "pkce_refused"),
    "a scope": (REFUSED | {"provider_error": "invalid_scope"}, "scope_refused"),
    "a scope, at the token endpoint": (
        {"code": E.TOKEN_REFUSED, "provider_error": "invalid_scope"},
        "scope_refused",
    ),
    "something else, at the token endpoint": ({"code": E.TOKEN_REFUSED}, "token_refused"),
    "the application's rights": (
        REFUSED | {"provider_error": "unauthorized_client"},
        "client_not_allowed",
    ),
    "the flow is not for this application": (
        REFUSED | {"provider_error": "unsupported_response_type"},
        "client_not_allowed",
    ),
    "the application is suspended": (
        REFUSED | {"provider_error": "application_suspended"},
        "application_suspended",
    ),
    "an administrator has to consent": (
        REFUSED | {"hint": "AADSTS65001"},
        "admin_consent_missing",
    ),
    "an administrator has to consent, by a word": (
        REFUSED | {"provider_error": "consent_required", "kind": "microsoft"},
        "admin_consent_missing",
    ),
    "the visitor has not consented": (
        REFUSED | {"provider_error": "consent_required", "kind": "openid_connect"},
        "access_denied",
    ),
    "another word": (REFUSED | {"provider_error": "another"}, "authorization_refused"),
    "the visitor": ({"code": E.ACCESS_DENIED}, "access_denied"),
    "Google, for people who are no test users": (
        {"code": E.ACCESS_DENIED, "kind": "google", "hint": "not_verified"},
        "app_not_verified",
    ),
    "another provider that speaks of verification": (
        {"code": E.ACCESS_DENIED, "kind": "gitlab", "hint": "not_verified"},
        "access_denied",
    ),
    "another tenant's person": (REFUSED | {"hint": "AADSTS50020"}, "tenant_mismatch"),
    "another tenant's issuer": (
        {"code": E.ISSUER_MISMATCH, "kind": "microsoft", "step": 6},
        "tenant_mismatch",
    ),
    "another tenant's audience": (
        {"code": E.AUDIENCE_MISMATCH, "kind": "microsoft"},
        "tenant_mismatch",
    ),
    "another audience": ({"code": E.AUDIENCE_MISMATCH}, "audience_mismatch"),
    "another issuer's document": (
        {"code": E.ISSUER_MISMATCH, "step": 3},
        "discovery_of_another_issuer",
    ),
    "another issuer's answer": ({"code": E.ISSUER_MISMATCH, "step": 4}, "issuer_mismatch"),
    "no document": ({"code": E.DISCOVERY_UNREACHABLE, "step": 3}, "discovery_unreachable"),
    "a sealed secret": (
        {"code": E.SECRET_UNREADABLE},
        "secret_unreadable",
    ),
    "a missing value": (
        {"code": E.SETTING_MISSING},
        "setting_missing",
    ),
    "no cookies": ({"code": E.STATE_UNKNOWN, "has_cookies": False}, "cookies_blocked"),
    "other cookies": ({"code": E.STATE_UNKNOWN}, "state_unknown"),
    "no state": ({"code": E.STATE_MISSING}, "state_missing"),
    "another host": (
        {"code": E.STATE_UNKNOWN, "has_cookies": False, "came_by_other_host": True},
        "other_host",
    ),
    "http": (
        {"code": E.STATE_UNKNOWN, "has_cookies": False, "came_by_plain_http": True},
        "plain_http",
    ),
    "too late": ({"code": E.STATE_EXPIRED}, "state_expired"),
    "no scope for the address": (
        {"code": E.PROFILE_REFUSED, "status": 403, "asks_for_email": False},
        "email_scope_missing",
    ),
    "an organisation's approval": (
        {"code": E.PROFILE_REFUSED, "status": 403, "kind": "github"},
        "organisation_approval_missing",
    ),
    "an organisation's approval, for its list": (
        {"code": E.MEMBERSHIP_UNKNOWN, "status": 403, "kind": "github"},
        "organisation_approval_missing",
    ),
    "an organisation's list that did not come": (
        {"code": E.MEMBERSHIP_UNKNOWN, "status": 502, "kind": "github"},
        "membership_unknown",
    ),
    "another refusal of the API": (
        {"code": E.PROFILE_REFUSED, "status": 401, "kind": "github"},
        "profile_refused",
    ),
}


NUMBERS = {
    "wrong_client_secret": (7000215, 70002, 7000218),
    "client_secret_expired": (7000222,),
    "wrong_client_id": (700016, 700011),
    "application_suspended": (7000112, 70001),
    "redirect_uri_not_registered": (50011, 500113, 900971, 70004),
    "tenant_mismatch": (
        *(16000, 50014, 50020, 50034, 51004, 90072, 500208, 9002332, 50194),
        *(700005, 90002, 900023),
    ),
    "client_not_allowed": (50105, 53003, 700025, 9002327),
    "admin_consent_missing": (65001, 90094, 90095),
    "access_denied": (65004,),
    "scope_refused": (28002, 70011),
    "invalid_grant": (54005, 70008),
    "pkce_refused": (501481, 501491),
}


@pytest.mark.parametrize(
    ("number", "expected"),
    [(number, expected) for expected, numbers in NUMBERS.items() for number in numbers],
)
def test_knows_the_numbers_of_microsoft(number: int, expected: str) -> None:
    facts = Facts(E.TOKEN_REFUSED, 6, "microsoft", hint=f"AADSTS{number}")
    assert diagnose(facts).code == expected


@pytest.mark.parametrize("case", TABLE)
def test_tells_apart(case: str) -> None:
    facts, expected = TABLE[case]
    given: dict[str, object] = {"step": 6} | facts
    assert diagnose(Facts(**given)).code == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("step", [3, 4, 6, 8])
def test_every_code_has_a_diagnosis_at_every_step(step: int) -> None:
    for code in ErrorCode:
        assert diagnose(Facts(code, step)).code in DIAGNOSES, code


def test_every_entry_is_a_code_or_is_told_apart_from_one() -> None:
    finer = {expected for _, expected in TABLE.values()}
    sign_ins = {code for code, entry in DIAGNOSES.items() if entry.group != "form"}
    assert sign_ins <= {*ErrorCode} | finer


def test_every_rule_leads_from_known_facts_to_an_entry() -> None:
    for rule in RULES:
        codes = rule.get("code", [])
        assert {*([codes] if isinstance(codes, str) else codes)} <= {*ErrorCode}
        assert rule.keys() - {"then"} <= set(dir(Facts)) | Facts.__dataclass_fields__.keys()
        assert rule["then"] in DIAGNOSES
