"""From facts to a diagnosis: a table, and that every code has one."""

import pytest

from diagnosis import Diagnosis, Facts, advice_for, diagnose
from protocol.errors import ErrorCode

E = ErrorCode
D = Diagnosis
REFUSED = {"code": E.AUTHORIZATION_REFUSED, "step": 4}
TABLE: dict[str, tuple[dict[str, object], Diagnosis]] = {
    "the secret is refused": ({"code": E.INVALID_CLIENT}, D.WRONG_CLIENT_SECRET),
    "the ID is refused, in Slack's word": (
        {"code": E.INVALID_CLIENT, "provider_error": "invalid_client_id", "kind": "slack"},
        D.WRONG_CLIENT_ID,
    ),
    "the secret is refused, in LinkedIn's word": (
        {
            "code": E.INVALID_CLIENT,
            "provider_error": "invalid_client_id",
            "kind": "linkedin_oauth2",
        },
        D.WRONG_CLIENT_SECRET,
    ),
    "the secret is refused, in Auth0's word": (
        {"code": E.TOKEN_REFUSED, "provider_error": "access_denied", "kind": "auth0"},
        D.WRONG_CLIENT_SECRET,
    ),
    "the grant is refused, in Okta's word": (
        {"code": E.TOKEN_REFUSED, "provider_error": "unauthorized_client", "kind": "okta"},
        D.CLIENT_NOT_ALLOWED,
    ),
    "the client is deleted, in Google's word": (
        {"code": E.INVALID_CLIENT, "provider_error": "deleted_client", "kind": "google"},
        D.APPLICATION_SUSPENDED,
    ),
    "the client is disabled, in Google's word": (
        {"code": E.INVALID_CLIENT, "provider_error": "disabled_client", "kind": "google"},
        D.APPLICATION_SUSPENDED,
    ),
    "the code, as an invalid request": (
        {"code": E.TOKEN_REFUSED, "provider_error": "invalid_request", "hint": "code"},
        D.INVALID_GRANT,
    ),
    "another invalid request": (
        {"code": E.TOKEN_REFUSED, "provider_error": "invalid_request"},
        D.TOKEN_REFUSED,
    ),
    "a code is spoken of with another word": (
        {"code": E.TOKEN_REFUSED, "provider_error": "unsupported_grant_type", "hint": "code"},
        D.TOKEN_REFUSED,
    ),
    "the ID is refused, in GitHub's status": (
        {"code": E.TOKEN_REFUSED, "kind": "github", "status": 404},
        D.WRONG_CLIENT_ID,
    ),
    "the ID is refused, in Microsoft's number": (
        {"code": E.TOKEN_REFUSED, "kind": "microsoft", "hint": "AADSTS700016"},
        D.WRONG_CLIENT_ID,
    ),
    "a secret with a space is refused": (
        {"code": E.INVALID_CLIENT, "secret_has_space": True},
        D.CLIENT_SECRET_WITH_SPACE,
    ),
    "a secret that has expired is refused": (
        {"code": E.INVALID_CLIENT, "secret_is_expired": True},
        D.CLIENT_SECRET_EXPIRED,
    ),
    "a secret has expired, in Microsoft's number": (
        {"code": E.INVALID_CLIENT, "hint": "AADSTS7000222"},
        D.CLIENT_SECRET_EXPIRED,
    ),
    "the secret is refused, in Keycloak's word": (
        {"code": E.TOKEN_REFUSED, "provider_error": "unauthorized_client"},
        D.WRONG_CLIENT_SECRET,
    ),
    "an expired secret, in Keycloak's word": (
        {
            "code": E.TOKEN_REFUSED,
            "provider_error": "unauthorized_client",
            "secret_is_expired": True,
        },
        D.CLIENT_SECRET_EXPIRED,
    ),
    "the redirect URI, before the visitor is asked": (
        {"code": E.REDIRECT_URI_MISMATCH, "step": 4},
        D.REDIRECT_URI_NOT_REGISTERED,
    ),
    "the redirect URI, in a description": (
        REFUSED | {"provider_error": "invalid_request", "hint": "redirect_uri"},
        D.REDIRECT_URI_NOT_REGISTERED,
    ),
    "the redirect URI, at the token endpoint": (
        {"code": E.REDIRECT_URI_MISMATCH, "step": 6},
        D.REDIRECT_URI_MISMATCH,
    ),
    "the redirect URI, in the description of a refused code": (
        {"code": E.INVALID_GRANT, "hint": "redirect_uri"},
        D.REDIRECT_URI_MISMATCH,
    ),
    "the code": ({"code": E.INVALID_GRANT}, D.INVALID_GRANT),
    "the verifier": ({"code": E.INVALID_GRANT, "hint": "pkce"}, D.PKCE_REFUSED),
    "the challenge": (REFUSED | {"hint": "pkce"}, D.PKCE_REFUSED),
    "a scope": (REFUSED | {"provider_error": "invalid_scope"}, D.SCOPE_REFUSED),
    "a scope, at the token endpoint": (
        {"code": E.TOKEN_REFUSED, "provider_error": "invalid_scope"},
        D.SCOPE_REFUSED,
    ),
    "something else, at the token endpoint": ({"code": E.TOKEN_REFUSED}, D.TOKEN_REFUSED),
    "the application's rights": (
        REFUSED | {"provider_error": "unauthorized_client"},
        D.CLIENT_NOT_ALLOWED,
    ),
    "the application is suspended": (
        REFUSED | {"provider_error": "application_suspended"},
        D.APPLICATION_SUSPENDED,
    ),
    "an administrator has to consent": (
        REFUSED | {"hint": "AADSTS65001"},
        D.ADMIN_CONSENT_MISSING,
    ),
    "an administrator has to consent, by a word": (
        REFUSED | {"provider_error": "consent_required", "kind": "microsoft"},
        D.ADMIN_CONSENT_MISSING,
    ),
    "the visitor has not consented": (
        REFUSED | {"provider_error": "consent_required", "kind": "openid_connect"},
        D.ACCESS_DENIED,
    ),
    "another word": (REFUSED | {"provider_error": "another"}, D.AUTHORIZATION_REFUSED),
    "the visitor": ({"code": E.ACCESS_DENIED}, D.ACCESS_DENIED),
    "Google, for people who are no test users": (
        {"code": E.ACCESS_DENIED, "kind": "google", "hint": "not_verified"},
        D.APP_NOT_VERIFIED,
    ),
    "another provider that speaks of verification": (
        {"code": E.ACCESS_DENIED, "kind": "gitlab", "hint": "not_verified"},
        D.ACCESS_DENIED,
    ),
    "another tenant's person": (REFUSED | {"hint": "AADSTS50020"}, D.TENANT_MISMATCH),
    "another tenant's issuer": (
        {"code": E.ISSUER_MISMATCH, "kind": "microsoft", "step": 6},
        D.TENANT_MISMATCH,
    ),
    "another tenant's audience": (
        {"code": E.AUDIENCE_MISMATCH, "kind": "microsoft"},
        D.TENANT_MISMATCH,
    ),
    "another audience": ({"code": E.AUDIENCE_MISMATCH}, D.AUDIENCE_MISMATCH),
    "another issuer's document": (
        {"code": E.ISSUER_MISMATCH, "step": 3},
        D.DISCOVERY_OF_ANOTHER_ISSUER,
    ),
    "another issuer's answer": ({"code": E.ISSUER_MISMATCH, "step": 4}, D.ISSUER_MISMATCH),
    "no document": ({"code": E.PROVIDER_NOT_READY, "step": 3}, D.DISCOVERY_UNREACHABLE),
    "a sealed secret": (
        {"code": E.PROVIDER_NOT_READY, "missing": "secret"},
        D.SECRET_UNREADABLE,
    ),
    "a missing value": (
        {"code": E.PROVIDER_NOT_READY, "missing": "setting"},
        D.SETTING_MISSING,
    ),
    "no cookies": ({"code": E.STATE_UNKNOWN, "has_cookies": False}, D.COOKIES_BLOCKED),
    "other cookies": ({"code": E.STATE_UNKNOWN}, D.STATE_UNKNOWN),
    "no state": ({"code": E.STATE_MISSING}, D.STATE_MISSING),
    "another host": (
        {"code": E.STATE_UNKNOWN, "has_cookies": False, "came_by_other_host": True},
        D.OTHER_HOST,
    ),
    "http": (
        {"code": E.STATE_UNKNOWN, "has_cookies": False, "came_by_plain_http": True},
        D.PLAIN_HTTP,
    ),
    "too late": ({"code": E.STATE_EXPIRED}, D.STATE_EXPIRED),
    "no scope for the address": (
        {"code": E.PROFILE_REFUSED, "status": 403, "asks_for_email": False},
        D.EMAIL_SCOPE_MISSING,
    ),
    "an organisation's approval": (
        {"code": E.PROFILE_REFUSED, "status": 403, "kind": "github"},
        D.ORGANISATION_APPROVAL_MISSING,
    ),
    "an organisation's approval, for its list": (
        {"code": E.MEMBERSHIP_UNKNOWN, "status": 403, "kind": "github"},
        D.ORGANISATION_APPROVAL_MISSING,
    ),
    "an organisation's list that did not come": (
        {"code": E.MEMBERSHIP_UNKNOWN, "status": 502, "kind": "github"},
        D.MEMBERSHIP_UNKNOWN,
    ),
    "another refusal of the API": (
        {"code": E.PROFILE_REFUSED, "status": 401, "kind": "github"},
        D.PROFILE_REFUSED,
    ),
}


NUMBERS = {
    D.WRONG_CLIENT_SECRET: (7000215, 70002, 7000218),
    D.CLIENT_SECRET_EXPIRED: (7000222,),
    D.WRONG_CLIENT_ID: (700016, 700011),
    D.APPLICATION_SUSPENDED: (7000112, 70001),
    D.REDIRECT_URI_NOT_REGISTERED: (50011, 500113, 900971),
    D.TENANT_MISMATCH: (
        *(16000, 50014, 50020, 50034, 51004, 90072, 500208, 9002332, 50194),
        *(700005, 90002, 900023),
    ),
    D.CLIENT_NOT_ALLOWED: (50105, 53003, 700025, 9002327),
    D.ADMIN_CONSENT_MISSING: (65001, 90094, 90095),
    D.ACCESS_DENIED: (65004,),
    D.SCOPE_REFUSED: (28002, 70011),
    D.INVALID_GRANT: (54005, 70008),
    D.PKCE_REFUSED: (501481, 501491),
}


@pytest.mark.parametrize(
    ("number", "expected"),
    [(number, expected) for expected, numbers in NUMBERS.items() for number in numbers],
)
def test_knows_the_numbers_of_microsoft(number: int, expected: Diagnosis) -> None:
    facts = Facts(E.TOKEN_REFUSED, 6, "microsoft", hint=f"AADSTS{number}")
    assert diagnose(facts) == expected


@pytest.mark.parametrize("case", TABLE)
def test_tells_apart(case: str) -> None:
    facts, expected = TABLE[case]
    given: dict[str, object] = {"step": 6} | facts
    assert diagnose(Facts(**given)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("step", [3, 4, 6, 8])
def test_every_code_has_a_diagnosis_at_every_step(step: int) -> None:
    for code in ErrorCode:
        assert diagnose(Facts(code, step)) in Diagnosis, code


@pytest.mark.parametrize("diagnosis", Diagnosis)
def test_every_diagnosis_has_a_cause_and_a_fix_with_nothing_left_to_fill_in(
    diagnosis: Diagnosis,
) -> None:
    names = ("provider", "client_id", "redirect_uri", "issuer", "document", "site", "wait")
    advice = advice_for(diagnosis).filled({name: f"<{name}>" for name in names})
    for text in (advice.cause, advice.fix):
        assert text.endswith((".", "<redirect_uri>", "<issuer>"))
        assert "{" not in text
