"""The error codes that providers are known to answer with, and what each means here.

These names alone may be logged and shown; any other is called "another".
"""

from protocol.errors import ErrorCode

OTHER = "another"
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
        # Google, this and the next: mostly on a page of its own, from which nobody comes back
        # (2026-11, support.google.com/accounts/answer/16668185).
        "admin_policy_enforced",
        "org_internal",
        "interaction_required",  # this and the three below: OpenID Connect Core §3.1.2.6
        "login_required",
        "account_selection_required",
        "consent_required",
    ),
    ErrorCode.AUTHORIZATION_REFUSED,
)
# At the token endpoint: those of RFC 6749 §5.2, and what others add. Two providers send no code,
# but a message that never changes (dates and sources: oauth_client/doctor/readings.toml).
TOKEN_ERRORS = (
    dict.fromkeys(
        (
            "invalid_client",
            "incorrect_client_credentials",  # GitHub
            "deleted_client",  # Google, this and the next
            "disabled_client",
            "bad_client_secret",  # Slack
            "invalid_client_id",  # Slack, LinkedIn
            "Error validating client secret.",  # Facebook
            "invalid client secret",  # Twitch
        ),
        ErrorCode.INVALID_CLIENT,
    )
    | dict.fromkeys(
        (
            "invalid_grant",
            "bad_verification_code",  # GitHub
            "invalid_code",  # Slack
            "invalid_redirect_uri",  # LinkedIn, of a wrong code too
            "Invalid authorization code",  # Twitch
        ),
        ErrorCode.INVALID_GRANT,
    )
    | dict.fromkeys(
        (
            "redirect_uri_mismatch",  # GitHub, Google
            "bad_redirect_uri",  # Slack
        ),
        ErrorCode.REDIRECT_URI_MISMATCH,
    )
    | dict.fromkeys(
        (
            "invalid_request",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
            "access_denied",  # Auth0, for a wrong secret
            "unverified_user_email",  # GitHub
        ),
        ErrorCode.TOKEN_REFUSED,
    )
)
# What some say of a wrong secret: Keycloak, Bitbucket and X the first, Auth0 the second.
OF_THE_SECRET = ("unauthorized_client", "access_denied")
