"""Everything that can end a sign-in, as one tree with closed codes; and what providers call it.

A step raises the error of its own class, and `oauth_client.views` turns every one into the same
page. Each code has an entry with its words in `diagnosis/failures.toml`. Rows and logs keep the
code, so it is never renamed. `detail` is for the log: it names facts such as a status or a claim,
and never holds a code, token, secret, `state`, cookie or response body.
"""

import re
import tomllib
from enum import StrEnum
from pathlib import Path


class ErrorCode(StrEnum):
    """Why a sign-in ended. Grouped by the step that finds it."""

    # Step 3, the authorization request
    SETTING_MISSING = "setting_missing"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105
    DISCOVERY_UNREACHABLE = "discovery_unreachable"

    # Step 4, the authorization response
    STATE_MISSING = "state_missing"
    STATE_UNKNOWN = "state_unknown"
    STATE_EXPIRED = "state_expired"
    STATE_USED = "state_used"
    RESPONSE_MALFORMED = "response_malformed"
    ISSUER_MISMATCH = "issuer_mismatch"
    ACCESS_DENIED = "access_denied"
    AUTHORIZATION_REFUSED = "authorization_refused"

    # Steps 5 and 6, the access token request and response
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    REDIRECT_URI_MISMATCH = "redirect_uri_mismatch"
    TOKEN_REFUSED = "token_refused"  # noqa: S105
    TOKEN_RESPONSE_MALFORMED = "token_response_malformed"  # noqa: S105

    # Step 6, the ID token
    ID_TOKEN_MISSING = "id_token_missing"  # noqa: S105
    ID_TOKEN_MALFORMED = "id_token_malformed"  # noqa: S105
    ID_TOKEN_EXPIRED = "id_token_expired"  # noqa: S105
    SIGNATURE_INVALID = "signature_invalid"
    SIGNING_KEY_UNKNOWN = "signing_key_unknown"
    AUDIENCE_MISMATCH = "audience_mismatch"
    NONCE_MISMATCH = "nonce_mismatch"
    CLOCK_SKEW = "clock_skew"
    AT_HASH_MISMATCH = "at_hash_mismatch"
    NOT_ASKED_AGAIN = "not_asked_again"

    # Step 7, the provider's API
    PROFILE_REFUSED = "profile_refused"
    PROFILE_MALFORMED = "profile_malformed"
    SUBJECT_INVALID = "subject_invalid"
    SUBJECT_MISMATCH = "subject_mismatch"

    # Any request that we send
    ADDRESS_REFUSED = "address_refused"
    DNS_FAILURE = "dns_failure"
    CONNECTION_FAILED = "connection_failed"
    TLS_FAILURE = "tls_failure"
    TIMEOUT = "timeout"
    PROVIDER_BUSY = "provider_busy"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    RATE_LIMITED = "rate_limited"
    UNEXPECTED_REDIRECT = "unexpected_redirect"
    RESPONSE_TOO_LARGE = "response_too_large"
    RESPONSE_NOT_JSON = "response_not_json"
    DISCOVERY_INVALID = "discovery_invalid"

    # Step 8, the account here
    EMAIL_IN_USE = "email_in_use"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_OF_ANOTHER = "account_of_another"
    ANOTHER_PERSON = "another_person"
    LINK_SPENT = "link_spent"
    ACCOUNT_GONE = "account_gone"
    SESSION_ENDED = "session_ended"
    SIGNING_KEY_UNREADABLE = "signing_key_unreadable"
    PROVIDER_REMOVED = "provider_removed"
    PROVIDER_SWITCHED_OFF = "provider_switched_off"
    PROVIDER_CHANGED = "provider_changed"
    RULES_CHANGED = "rules_changed"
    NOT_ALLOWED = "not_allowed"
    EMAIL_DOMAIN_NOT_ALLOWED = "email_domain_not_allowed"
    NO_VERIFIED_EMAIL = "no_verified_email"
    EMAIL_UNREADABLE = "email_unreadable"
    DOMAIN_NOT_VOUCHED_FOR = "domain_not_vouched_for"
    NOT_A_MEMBER = "not_a_member"
    MEMBERSHIP_UNKNOWN = "membership_unknown"


def outage_of(status: int) -> ErrorCode | None:
    """Return the outage that a status reports, None if the provider answers the request."""
    if status == 429:
        return ErrorCode.RATE_LIMITED
    return ErrorCode.PROVIDER_UNAVAILABLE if status >= 500 else None


class SignInError(Exception):
    """A sign-in that ends without a session. Raise one of the subclasses.

    `step` is the row of the flow's table, 1 to 8. `provider_error` is the provider's own error
    code. It is set only if the RFCs or the provider's documentation name that code.
    """

    step = 0

    def __init__(self, code: ErrorCode, detail: str = "", *, provider_error: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail
        self.provider_error = provider_error


class AuthorizationRequestError(SignInError):
    """Step 3: the provider cannot be asked."""

    step = 3


class AuthorizationResponseError(SignInError):
    """Step 4: the visitor came back with an error, or with something that is not for us."""

    step = 4


class AccessTokenError(SignInError):
    """Steps 5 and 6: the token endpoint refused, or its response breaks RFC 6749 §5.1."""

    step = 6


class IdTokenError(SignInError):
    """Step 6: the ID token fails a check of OpenID Connect Core §3.1.3.7."""

    step = 6


class ProfileError(SignInError):
    """Step 7: the provider's API did not say who this is."""

    step = 7


class OutgoingError(SignInError):
    """A request of ours got no usable answer. `Recorder.fail` sets the step that sent it."""


_TABLES = tomllib.loads(Path(__file__).with_name("error_names.toml").read_text("utf-8"))
AUTHORIZATION_ERRORS, TOKEN_ERRORS = (
    {name: ErrorCode(code) for code, names in _TABLES[endpoint].items() for name in names}
    for endpoint in ("authorization", "token")
)
OTHER = "another"
# Sent for a wrong secret: the first by Keycloak, Bitbucket and X, the second by Auth0.
OF_THE_SECRET = ("unauthorized_client", "access_denied")
# learn.microsoft.com, "Microsoft Entra authentication and authorization error codes", 2026-11.
MICROSOFT = re.compile(r"\bAADSTS\d{4,7}\b")
HINTS = {
    "pkce": re.compile(r"code[_ ]?(verifier|challenge)|\bpkce\b", re.IGNORECASE),
    "redirect_uri": re.compile(r"redirect[_ ]?uri", re.IGNORECASE),
    # X, Discord and LinkedIn, which call a wrong code an invalid_request (dates and sources:
    # oauth_client/doctor/readings.toml).
    "code": re.compile(r"authorization code\b|\"code\"", re.IGNORECASE),
    # Google sends this for people who are not test users (2026-11). Usually they stay on its page.
    "not_verified": re.compile(r"verification|test users?\b", re.IGNORECASE),
}
MAX_DESCRIPTION = 2000  # characters that are read


def hint_of(description: object) -> str:
    """Return what a description is about: "AADSTS...", "pkce" ...; "" for nothing."""
    if not isinstance(description, str):
        return ""
    text = description[:MAX_DESCRIPTION]
    if number := MICROSOFT.search(text):
        return number[0]
    hints = [hint for hint, pattern in HINTS.items() if pattern.search(text)]
    if hints[:2] == ["pkce", "redirect_uri"]:  # LinkedIn lists all that may be wrong
        return "code" if "code" in hints else ""
    return hints[0] if hints else ""
