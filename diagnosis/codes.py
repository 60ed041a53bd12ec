"""The closed list of what can be wrong with a sign-in, as an admin would tell the cases apart."""

from enum import StrEnum

ACRONYMS = ("dns", "http", "id", "json", "pkce", "tls", "uri")


class Diagnosis(StrEnum):
    """Why a sign-in failed. Grouped by whom it is up to; never renamed, because rows keep them."""

    # The settings here, or there
    WRONG_CLIENT_SECRET = "wrong_client_secret"  # noqa: S105
    WRONG_CLIENT_ID = "wrong_client_id"
    CLIENT_SECRET_WITH_SPACE = "client_secret_with_space"  # noqa: S105
    CLIENT_SECRET_EXPIRED = "client_secret_expired"  # noqa: S105
    REDIRECT_URI_NOT_REGISTERED = "redirect_uri_not_registered"
    REDIRECT_URI_MISMATCH = "redirect_uri_mismatch"
    PKCE_REFUSED = "pkce_refused"
    SCOPE_REFUSED = "scope_refused"
    EMAIL_SCOPE_MISSING = "email_scope_missing"
    CLIENT_NOT_ALLOWED = "client_not_allowed"
    APPLICATION_SUSPENDED = "application_suspended"
    APP_NOT_VERIFIED = "app_not_verified"
    ORGANISATION_APPROVAL_MISSING = "organisation_approval_missing"
    ADMIN_CONSENT_MISSING = "admin_consent_missing"
    TENANT_MISMATCH = "tenant_mismatch"
    AUTHORIZATION_REFUSED = "authorization_refused"
    TOKEN_REFUSED = "token_refused"  # noqa: S105
    SETTING_MISSING = "setting_missing"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105
    SIGNING_KEY_UNREADABLE = "signing_key_unreadable"
    DISCOVERY_OF_ANOTHER_ISSUER = "discovery_of_another_issuer"
    ISSUER_MISMATCH = "issuer_mismatch"
    AUDIENCE_MISMATCH = "audience_mismatch"
    ID_TOKEN_MISSING = "id_token_missing"  # noqa: S105
    ADDRESS_REFUSED = "address_refused"
    CLOCK_SKEW = "clock_skew"
    ID_TOKEN_EXPIRED = "id_token_expired"  # noqa: S105

    # The visitor, or the visitor's browser
    ACCESS_DENIED = "access_denied"
    COOKIES_BLOCKED = "cookies_blocked"
    OTHER_HOST = "other_host"
    PLAIN_HTTP = "plain_http"
    STATE_UNKNOWN = "state_unknown"
    STATE_MISSING = "state_missing"
    STATE_EXPIRED = "state_expired"
    STATE_USED = "state_used"
    INVALID_GRANT = "invalid_grant"
    RESPONSE_MALFORMED = "response_malformed"

    # What an admin or the visitor has changed while the provider was asked
    ACCOUNT_GONE = "account_gone"
    SESSION_ENDED = "session_ended"
    PROVIDER_REMOVED = "provider_removed"
    PROVIDER_SWITCHED_OFF = "provider_switched_off"
    PROVIDER_CHANGED = "provider_changed"
    RULES_CHANGED = "rules_changed"

    # Who may sign in
    EMAIL_IN_USE = "email_in_use"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_OF_ANOTHER = "account_of_another"
    NOT_ALLOWED = "not_allowed"
    EMAIL_DOMAIN_NOT_ALLOWED = "email_domain_not_allowed"
    NO_VERIFIED_EMAIL = "no_verified_email"
    EMAIL_UNREADABLE = "email_unreadable"
    DOMAIN_NOT_VOUCHED_FOR = "domain_not_vouched_for"
    NOT_A_MEMBER = "not_a_member"
    MEMBERSHIP_UNKNOWN = "membership_unknown"

    # The way to the provider
    DNS_FAILURE = "dns_failure"
    CONNECTION_FAILED = "connection_failed"
    TLS_FAILURE = "tls_failure"
    TIMEOUT = "timeout"
    DISCOVERY_UNREACHABLE = "discovery_unreachable"
    PROVIDER_BUSY = "provider_busy"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    RATE_LIMITED = "rate_limited"

    # What the provider answered
    UNEXPECTED_REDIRECT = "unexpected_redirect"
    RESPONSE_TOO_LARGE = "response_too_large"
    RESPONSE_NOT_JSON = "response_not_json"
    DISCOVERY_INVALID = "discovery_invalid"
    TOKEN_RESPONSE_MALFORMED = "token_response_malformed"  # noqa: S105
    ID_TOKEN_MALFORMED = "id_token_malformed"  # noqa: S105
    SIGNATURE_INVALID = "signature_invalid"
    SIGNING_KEY_UNKNOWN = "signing_key_unknown"
    NONCE_MISMATCH = "nonce_mismatch"
    AT_HASH_MISMATCH = "at_hash_mismatch"
    NOT_ASKED_AGAIN = "not_asked_again"
    PROFILE_REFUSED = "profile_refused"
    PROFILE_MALFORMED = "profile_malformed"
    SUBJECT_INVALID = "subject_invalid"
    SUBJECT_MISMATCH = "subject_mismatch"


def in_words(diagnosis: str) -> str:
    """Return a diagnosis as one would say it within a sentence."""
    words = diagnosis.split("_")
    return " ".join(word.upper() if word in ACRONYMS else word for word in words)
