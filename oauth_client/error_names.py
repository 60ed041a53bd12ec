"""The error codes that providers are known to answer with, and what each means here.

These names alone may be logged and shown; any other is called "another".
"""

from oauth_client.errors import ErrorCode

# At the authorization endpoint: those of RFC 6749 §4.1.2.1, and what others add to them.
AUTHORIZATION_ERRORS = {
    "access_denied": ErrorCode.ACCESS_DENIED,
    "user_cancelled_authorize": ErrorCode.ACCESS_DENIED,  # Apple, LinkedIn
    "user_cancelled_login": ErrorCode.ACCESS_DENIED,  # LinkedIn
    "redirect_uri_mismatch": ErrorCode.REDIRECT_URI_MISMATCH,  # GitHub
    "server_error": ErrorCode.PROVIDER_UNAVAILABLE,
    "temporarily_unavailable": ErrorCode.PROVIDER_UNAVAILABLE,
} | dict.fromkeys(
    (
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "application_suspended",  # GitHub
        "admin_policy_enforced",  # Google, this and the next (developers.google.com, 2026-11)
        "org_internal",
        "interaction_required",  # this and the three below: OpenID Connect Core §3.1.2.6
        "login_required",
        "account_selection_required",
        "consent_required",
    ),
    ErrorCode.AUTHORIZATION_REFUSED,
)
# At the token endpoint: those of RFC 6749 §5.2, and what others add.
TOKEN_ERRORS = {
    "invalid_client": ErrorCode.INVALID_CLIENT,
    "incorrect_client_credentials": ErrorCode.INVALID_CLIENT,  # GitHub
    "bad_client_secret": ErrorCode.INVALID_CLIENT,  # Slack
    "invalid_client_id": ErrorCode.INVALID_CLIENT,  # Slack
    "invalid_grant": ErrorCode.INVALID_GRANT,
    "bad_verification_code": ErrorCode.INVALID_GRANT,  # GitHub
    "invalid_code": ErrorCode.INVALID_GRANT,  # Slack
    "redirect_uri_mismatch": ErrorCode.REDIRECT_URI_MISMATCH,  # GitHub
    "bad_redirect_uri": ErrorCode.REDIRECT_URI_MISMATCH,  # Slack
} | dict.fromkeys(
    ("invalid_request", "unauthorized_client", "unsupported_grant_type", "invalid_scope"),
    ErrorCode.TOKEN_REFUSED,
)
