"""From what is known of a failed sign-in to one diagnosis: the only place where that is decided.

A rule looks at the step's own code first, then at what the provider said in words of a closed list,
then at the facts that only we know. What no rule refines keeps the name of its code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from diagnosis.codes import Diagnosis
from protocol.error_names import OF_THE_SECRET
from protocol.errors import ErrorCode


@dataclass(frozen=True)
class Facts:
    """All that a diagnosis is made of."""

    code: ErrorCode
    step: int  # row of the flow's table
    kind: str = ""  # of the provider
    provider_error: str = ""  # its own code, where that is a well-known one
    hint: str = ""  # see hints.py
    status: int = 0  # of its last answer, 0 for none
    retry_after: int = 0  # seconds that it asked us to wait, 0 for nothing said
    missing: str = (
        ""  # of `provider_not_ready`: "secret", "setting" or "" for the issuer's document
    )
    secret_has_space: bool = False
    secret_is_expired: bool = False
    asks_for_email: bool = True
    has_cookies: bool = True  # the visitor's browser sent any
    came_by_other_host: bool = False
    came_by_plain_http: bool = False


Rule = Callable[[Facts], Diagnosis | None]


def diagnose(facts: Facts) -> Diagnosis:
    """Return what is wrong. Pure, and total: every code has a diagnosis."""
    if facts.hint in BY_NUMBER:
        return BY_NUMBER[facts.hint]
    rule = RULES.get(facts.code)
    return (rule(facts) if rule else None) or Diagnosis(BY_NAME.get(facts.code, facts.code))


# Codes whose diagnosis has another name when nothing more is known.
BY_NAME: Mapping[ErrorCode, Diagnosis] = {
    ErrorCode.INVALID_CLIENT: Diagnosis.WRONG_CLIENT_SECRET,
    ErrorCode.PROVIDER_NOT_READY: Diagnosis.DISCOVERY_UNREACHABLE,
}
# Microsoft's numbers, the same at both endpoints (2024-04, MicrosoftDocs/entra-docs,
# reference-error-codes.md, but for two that it lacks). Most of those about the person or the
# application are on a page of Microsoft's, from which nobody comes back.
BY_NUMBER = {
    "AADSTS7000215": Diagnosis.WRONG_CLIENT_SECRET,
    "AADSTS70002": Diagnosis.WRONG_CLIENT_SECRET,
    "AADSTS7000218": Diagnosis.WRONG_CLIENT_SECRET,  # none came
    "AADSTS7000222": Diagnosis.CLIENT_SECRET_EXPIRED,
    "AADSTS700016": Diagnosis.WRONG_CLIENT_ID,
    "AADSTS700011": Diagnosis.WRONG_CLIENT_ID,
    "AADSTS7000112": Diagnosis.APPLICATION_SUSPENDED,
    "AADSTS70001": Diagnosis.APPLICATION_SUSPENDED,
    "AADSTS50011": Diagnosis.REDIRECT_URI_NOT_REGISTERED,
    "AADSTS500113": Diagnosis.REDIRECT_URI_NOT_REGISTERED,  # none is: not on that page
    "AADSTS900971": Diagnosis.REDIRECT_URI_NOT_REGISTERED,
    "AADSTS16000": Diagnosis.TENANT_MISMATCH,  # the person is not in the tenant: this and the next
    "AADSTS50014": Diagnosis.TENANT_MISMATCH,
    "AADSTS50020": Diagnosis.TENANT_MISMATCH,
    "AADSTS50034": Diagnosis.TENANT_MISMATCH,
    "AADSTS51004": Diagnosis.TENANT_MISMATCH,
    "AADSTS90072": Diagnosis.TENANT_MISMATCH,
    "AADSTS500208": Diagnosis.TENANT_MISMATCH,  # a personal account, or just not one
    "AADSTS9002332": Diagnosis.TENANT_MISMATCH,
    "AADSTS50194": Diagnosis.TENANT_MISMATCH,
    "AADSTS700005": Diagnosis.TENANT_MISMATCH,  # the code is another tenant's
    "AADSTS90002": Diagnosis.TENANT_MISMATCH,
    "AADSTS900023": Diagnosis.TENANT_MISMATCH,
    "AADSTS50105": Diagnosis.CLIENT_NOT_ALLOWED,  # the person is not assigned to the application
    "AADSTS53003": Diagnosis.CLIENT_NOT_ALLOWED,  # a conditional access policy
    "AADSTS700025": Diagnosis.CLIENT_NOT_ALLOWED,  # registered as a public client
    "AADSTS9002327": Diagnosis.CLIENT_NOT_ALLOWED,  # as a single-page one: not on that page
    "AADSTS65001": Diagnosis.ADMIN_CONSENT_MISSING,
    "AADSTS90094": Diagnosis.ADMIN_CONSENT_MISSING,
    "AADSTS90095": Diagnosis.ADMIN_CONSENT_MISSING,
    "AADSTS65004": Diagnosis.ACCESS_DENIED,
    "AADSTS28002": Diagnosis.SCOPE_REFUSED,
    "AADSTS70011": Diagnosis.SCOPE_REFUSED,
    "AADSTS54005": Diagnosis.INVALID_GRANT,  # used before
    "AADSTS70008": Diagnosis.INVALID_GRANT,  # expired
    "AADSTS501481": Diagnosis.PKCE_REFUSED,
    "AADSTS501491": Diagnosis.PKCE_REFUSED,
}
BY_AUTHORIZATION_ERROR = {
    "unauthorized_client": Diagnosis.CLIENT_NOT_ALLOWED,
    "invalid_scope": Diagnosis.SCOPE_REFUSED,
    "application_suspended": Diagnosis.APPLICATION_SUSPENDED,  # GitHub
    "org_internal": Diagnosis.APP_NOT_VERIFIED,  # Google, this and the next: see error_names.py
    "admin_policy_enforced": Diagnosis.ADMIN_CONSENT_MISSING,
    # The visitor has not agreed: few servers know of anybody who agrees for others.
    "consent_required": Diagnosis.ACCESS_DENIED,
}


def _authorization(facts: Facts) -> Diagnosis | None:
    by_hint = {
        "pkce": Diagnosis.PKCE_REFUSED,
        "redirect_uri": Diagnosis.REDIRECT_URI_NOT_REGISTERED,
    }
    if facts.provider_error == "consent_required" and facts.kind == "microsoft":
        return Diagnosis.ADMIN_CONSENT_MISSING
    return by_hint.get(facts.hint) or BY_AUTHORIZATION_ERROR.get(facts.provider_error)


def _denied(facts: Facts) -> Diagnosis | None:
    """Tell the visitor's no from the provider's: Google says for whom an app is not ready yet."""
    is_not_verified = facts.kind == "google" and facts.hint == "not_verified"
    return Diagnosis.APP_NOT_VERIFIED if is_not_verified else None


def _client(facts: Facts) -> Diagnosis | None:
    """Say which of the two is wrong.

    The provider has just asked the visitor in the name of this client ID, so that a complaint which
    does not say more is about the secret.
    """
    if facts.provider_error == "invalid_client_id" and facts.kind == "slack":
        return Diagnosis.WRONG_CLIENT_ID
    if facts.provider_error in ("deleted_client", "disabled_client"):  # Google
        return Diagnosis.APPLICATION_SUSPENDED
    if facts.secret_has_space:
        return Diagnosis.CLIENT_SECRET_WITH_SPACE
    return Diagnosis.CLIENT_SECRET_EXPIRED if facts.secret_is_expired else None


def _token(facts: Facts) -> Diagnosis | None:
    by_hint = {"pkce": Diagnosis.PKCE_REFUSED, "redirect_uri": Diagnosis.REDIRECT_URI_MISMATCH}
    if facts.hint in by_hint:
        return by_hint[facts.hint]
    if facts.provider_error in OF_THE_SECRET:
        return _of_the_secret(facts)
    if facts.provider_error == "invalid_request" and facts.hint == "code":
        return Diagnosis.INVALID_GRANT
    if facts.provider_error == "invalid_scope":
        return Diagnosis.SCOPE_REFUSED
    if facts.kind == "github" and facts.status == 404:  # docs.github.com, 2026-11
        return Diagnosis.WRONG_CLIENT_ID
    return None


def _of_the_secret(facts: Facts) -> Diagnosis:
    """Know Okta, which keeps to the RFC (2026-11, trufflesecurity/trufflehog, detectors/okta)."""
    if facts.kind == "okta":
        return Diagnosis.CLIENT_NOT_ALLOWED
    return _client(facts) or Diagnosis.WRONG_CLIENT_SECRET


def _redirect_uri(facts: Facts) -> Diagnosis | None:
    return Diagnosis.REDIRECT_URI_NOT_REGISTERED if facts.step <= 4 else None


def _state(facts: Facts) -> Diagnosis | None:
    """Say why the browser did not bring what the sign-in was begun with."""
    if facts.came_by_plain_http:
        return Diagnosis.PLAIN_HTTP
    if facts.came_by_other_host:
        return Diagnosis.OTHER_HOST
    return None if facts.has_cookies else Diagnosis.COOKIES_BLOCKED


def _not_ready(facts: Facts) -> Diagnosis | None:
    by_what = {"secret": Diagnosis.SECRET_UNREADABLE, "setting": Diagnosis.SETTING_MISSING}
    return by_what.get(facts.missing)


def _issuer(facts: Facts) -> Diagnosis | None:
    if facts.kind == "microsoft":
        return Diagnosis.TENANT_MISMATCH
    return Diagnosis.DISCOVERY_OF_ANOTHER_ISSUER if facts.step <= 3 else None


def _audience(facts: Facts) -> Diagnosis | None:
    return Diagnosis.TENANT_MISMATCH if facts.kind == "microsoft" else None


def _membership(facts: Facts) -> Diagnosis | None:
    """Know GitHub's 403 for an organisation that restricts applications (2026-11)."""
    is_forbidden = facts.kind == "github" and facts.status == 403
    return Diagnosis.ORGANISATION_APPROVAL_MISSING if is_forbidden else None


def _profile(facts: Facts) -> Diagnosis | None:
    if facts.status == 403 and not facts.asks_for_email:
        return Diagnosis.EMAIL_SCOPE_MISSING
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
    ErrorCode.PROVIDER_NOT_READY: _not_ready,
    ErrorCode.ISSUER_MISMATCH: _issuer,
    ErrorCode.AUDIENCE_MISMATCH: _audience,
    ErrorCode.PROFILE_REFUSED: _profile,
    ErrorCode.MEMBERSHIP_UNKNOWN: _membership,
}
