"""Decide what is wrong, from all that is known of a failed sign-in. Nothing else decides it.

A rule looks at the code of the step first, then at what the provider said in words of a closed
list, then at facts that only this site knows. A code that no rule refines is its own diagnosis.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from diagnosis.entries import BY_MICROSOFT_NUMBER, DIAGNOSES, Diagnosis
from protocol.error_names import OF_THE_SECRET
from protocol.errors import ErrorCode


@dataclass(frozen=True)
class Facts:
    """All that a diagnosis is made of."""

    code: ErrorCode
    step: int  # row of the flow's table
    kind: str = ""  # of the provider
    provider_error: str = ""  # its own code, where that is a well-known one
    hint: str = ""  # what its description is about, see protocol/error_names.py
    status: int = 0  # of its last answer, 0 for none
    secret_has_space: bool = False
    secret_is_expired: bool = False
    asks_for_email: bool = True
    has_cookies: bool = True  # the visitor's browser sent any
    came_by_other_host: bool = False
    came_by_plain_http: bool = False


Rule = Callable[[Facts], str | None]  # to the code of an entry, None where there is no finer one


def diagnose(facts: Facts) -> Diagnosis:
    """Return what is wrong. Pure, and total: every code has a diagnosis."""
    rule = RULES.get(facts.code, _nothing_finer)
    return DIAGNOSES[BY_MICROSOFT_NUMBER.get(facts.hint) or rule(facts) or facts.code]


def _nothing_finer(facts: Facts) -> None:
    return None


BY_AUTHORIZATION_ERROR = {
    "unauthorized_client": "client_not_allowed",
    "unsupported_response_type": "client_not_allowed",
    "invalid_scope": "scope_refused",
    "application_suspended": "application_suspended",  # GitHub
    "org_internal": "app_not_verified",  # Google, this and the next: see error_names.py
    "admin_policy_enforced": "admin_consent_missing",
    # The visitor has not agreed. Few servers let an administrator agree for others.
    "consent_required": "access_denied",
}


def _authorization(facts: Facts) -> str | None:
    by_hint = {"pkce": "pkce_refused", "redirect_uri": "redirect_uri_not_registered"}
    if facts.provider_error == "consent_required" and facts.kind == "microsoft":
        return "admin_consent_missing"
    return by_hint.get(facts.hint) or BY_AUTHORIZATION_ERROR.get(facts.provider_error)


def _denied(facts: Facts) -> str | None:
    """Tell the visitor's no from Google's, for people who are no test users."""
    is_not_verified = facts.kind == "google" and facts.hint == "not_verified"
    return "app_not_verified" if is_not_verified else None


def _client(facts: Facts) -> str:
    """Say which of the two is wrong.

    The provider has just asked the visitor in the name of this client ID. So a complaint which
    does not say more is about the secret.
    """
    if facts.provider_error == "invalid_client_id" and facts.kind == "slack":
        return "wrong_client_id"
    if facts.provider_error in ("deleted_client", "disabled_client"):  # Google
        return "application_suspended"
    if facts.secret_has_space:
        return "client_secret_with_space"
    return "client_secret_expired" if facts.secret_is_expired else "wrong_client_secret"


def _token(facts: Facts) -> str | None:
    by_hint = {"pkce": "pkce_refused", "redirect_uri": "redirect_uri_mismatch"}
    if facts.hint in by_hint:
        return by_hint[facts.hint]
    if facts.provider_error in OF_THE_SECRET:
        # Okta keeps to the RFC (2026-11, trufflesecurity/trufflehog, detectors/okta).
        return "client_not_allowed" if facts.kind == "okta" else _client(facts)
    if facts.provider_error == "invalid_request" and facts.hint == "code":
        return "invalid_grant"
    if facts.provider_error == "invalid_scope":
        return "scope_refused"
    if facts.kind == "github" and facts.status == 404:  # docs.github.com, 2026-11
        return "wrong_client_id"
    return None


def _redirect_uri(facts: Facts) -> str | None:
    return "redirect_uri_not_registered" if facts.step <= 4 else None


def _state(facts: Facts) -> str | None:
    """Say why the browser did not bring what the sign-in began with."""
    if facts.came_by_plain_http:
        return "plain_http"
    if facts.came_by_other_host:
        return "other_host"
    return None if facts.has_cookies else "cookies_blocked"


def _issuer(facts: Facts) -> str | None:
    if facts.kind == "microsoft":
        return "tenant_mismatch"
    return "discovery_of_another_issuer" if facts.step <= 3 else None


def _audience(facts: Facts) -> str | None:
    return "tenant_mismatch" if facts.kind == "microsoft" else None


def _membership(facts: Facts) -> str | None:
    """Recognise GitHub's 403 for an organisation that restricts applications (2026-11)."""
    is_forbidden = facts.kind == "github" and facts.status == 403
    return "organisation_approval_missing" if is_forbidden else None


def _profile(facts: Facts) -> str | None:
    if facts.status == 403 and not facts.asks_for_email:
        return "email_scope_missing"
    return _membership(facts)


RULES: Mapping[ErrorCode, Rule] = {
    ErrorCode.AUTHORIZATION_REFUSED: _authorization,
    ErrorCode.ACCESS_DENIED: _denied,
    ErrorCode.INVALID_CLIENT: _client,
    ErrorCode.INVALID_GRANT: _token,
    ErrorCode.TOKEN_REFUSED: _token,
    ErrorCode.REDIRECT_URI_MISMATCH: _redirect_uri,
    ErrorCode.STATE_UNKNOWN: _state,
    ErrorCode.STATE_MISSING: _state,
    ErrorCode.ISSUER_MISMATCH: _issuer,
    ErrorCode.AUDIENCE_MISMATCH: _audience,
    ErrorCode.PROFILE_REFUSED: _profile,
    ErrorCode.MEMBERSHIP_UNKNOWN: _membership,
}
