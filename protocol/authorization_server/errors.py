"""Why a request of an app is refused: closed codes, each with the error that its RFC names.

The code is for the admin, who reads cause and fix. The app gets `error` and `error_description`;
neither says more than the app's developer needs.
"""

from enum import StrEnum
from typing import NamedTuple


class Refusal(StrEnum):
    """Why a request is refused. Rows keep the code, so it is never renamed."""

    # The authorization request, before it is known where to answer: a page, never a redirect
    CLIENT_UNKNOWN = "client_unknown"
    APP_DISABLED = "app_disabled"
    REDIRECT_URI_MISSING = "redirect_uri_missing"
    REDIRECT_URI_UNKNOWN = "redirect_uri_unknown"
    REQUEST_URI_UNKNOWN = "request_uri_unknown"
    PARAMETER_REPEATED = "parameter_repeated"
    TOO_LONG = "too_long"

    # The authorization request: the app gets these
    RESPONSE_TYPE_MISSING = "response_type_missing"
    RESPONSE_TYPE = "response_type"
    RESPONSE_MODE = "response_mode"
    REQUEST_OBJECT = "request_object"
    REQUEST_URI = "request_uri"
    PKCE_MISSING = "pkce_missing"
    PKCE_METHOD = "pkce_method"
    NONCE_MISSING = "nonce_missing"
    PROMPT = "prompt"
    MAX_AGE = "max_age"
    HINT = "id_token_hint"
    TARGET = "target"
    LOGIN_NEEDED = "login_needed"
    CONSENT_NEEDED = "consent_needed"
    PERSON_NOT_ALLOWED = "person_not_allowed"
    PERSON_DENIED = "person_denied"
    KEY_UNREADABLE = "key_unreadable"

    # Every endpoint that authenticates an app
    CLIENT_MISSING = "client_missing"
    CREDENTIALS_TWICE = "credentials_twice"
    SECRET_WRONG = "secret_wrong"  # noqa: S105
    SECRET_MISSING = "secret_missing"  # noqa: S105
    ASSERTION_INVALID = "assertion_invalid"
    BODY = "body"

    # The token endpoint
    GRANT_TYPE_MISSING = "grant_type_missing"
    GRANT_TYPE = "grant_type"
    CODE_MISSING = "code_missing"
    CODE_UNKNOWN = "code_unknown"
    CODE_USED = "code_used"
    CODE_EXPIRED = "code_expired"
    CODE_OF_ANOTHER = "code_of_another"
    CODE_REDIRECT_URI = "code_redirect_uri"
    VERIFIER_WRONG = "verifier_wrong"
    VERIFIER_MISSING = "verifier_missing"
    VERIFIER_UNASKED = "verifier_unasked"
    REFRESH_TOKEN_MISSING = "refresh_token_missing"  # noqa: S105
    REFRESH_TOKEN_UNKNOWN = "refresh_token_unknown"  # noqa: S105
    REFRESH_TOKEN_USED = "refresh_token_used"  # noqa: S105
    GRANT_ENDED = "grant_ended"
    SCOPE_WIDER = "scope_wider"

    # Userinfo, revocation, introspection
    TOKEN_INVALID = "token_invalid"  # noqa: S105
    TOKEN_MISSING = "token_missing"  # noqa: S105


class Said(NamedTuple):
    """What the app is told."""

    error: str
    description: str  # in English: it is for developers, and in the app's log


# RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6, RFC 8707 §2, RFC 6750 §3.1
SAID = {
    Refusal.CLIENT_UNKNOWN: Said("invalid_client", "Client authentication failed."),
    Refusal.APP_DISABLED: Said("unauthorized_client", "This app is switched off."),
    Refusal.REDIRECT_URI_MISSING: Said("invalid_request", "redirect_uri is missing."),
    Refusal.REDIRECT_URI_UNKNOWN: Said("invalid_request", "redirect_uri is not registered."),
    Refusal.REQUEST_URI_UNKNOWN: Said(
        "invalid_request_uri", "request_uri is unknown, used, expired, or another client's."
    ),
    Refusal.PARAMETER_REPEATED: Said("invalid_request", "A parameter is there more than once."),
    Refusal.TOO_LONG: Said("invalid_request", "The request is too long."),
    Refusal.RESPONSE_TYPE_MISSING: Said("invalid_request", "response_type is missing."),
    Refusal.RESPONSE_TYPE: Said("unsupported_response_type", "response_type has to be code."),
    Refusal.RESPONSE_MODE: Said("invalid_request", "response_mode is query or form_post."),
    Refusal.REQUEST_OBJECT: Said("request_not_supported", "Request objects are not supported."),
    Refusal.REQUEST_URI: Said(
        "request_uri_not_supported", "request_uri has to be one of a pushed request."
    ),
    Refusal.PKCE_MISSING: Said("invalid_request", "code_challenge is missing: PKCE is required."),
    Refusal.PKCE_METHOD: Said(
        "invalid_request",
        "code_challenge_method has to be S256, with a challenge of 43 characters.",
    ),
    Refusal.NONCE_MISSING: Said(
        "invalid_request", "This app has to send a nonce or a code_challenge."
    ),
    Refusal.PROMPT: Said("invalid_request", "prompt=none goes with no other value."),
    Refusal.MAX_AGE: Said("invalid_request", "max_age has to be a number of seconds."),
    Refusal.HINT: Said("invalid_request", "id_token_hint is no ID token of this site and app."),
    Refusal.TARGET: Said("invalid_target", "This app may not ask for this resource."),
    Refusal.LOGIN_NEEDED: Said("login_required", "Nobody is signed in, or not recently enough."),
    Refusal.CONSENT_NEEDED: Said("consent_required", "The person has to agree first."),
    Refusal.PERSON_NOT_ALLOWED: Said("access_denied", "This person may not use this app."),
    Refusal.PERSON_DENIED: Said("access_denied", "The person did not agree."),
    Refusal.KEY_UNREADABLE: Said("server_error", "This site cannot sign tokens at the moment."),
    Refusal.CLIENT_MISSING: Said("invalid_client", "Client authentication is missing."),
    Refusal.CREDENTIALS_TWICE: Said(
        "invalid_request", "The client authenticates in more than one way."
    ),
    Refusal.SECRET_WRONG: Said("invalid_client", "Client authentication failed."),
    Refusal.SECRET_MISSING: Said("invalid_client", "Client authentication failed."),
    Refusal.ASSERTION_INVALID: Said("invalid_client", "Client authentication failed."),
    Refusal.BODY: Said(
        "invalid_request", "Send parameters by POST as application/x-www-form-urlencoded."
    ),
    Refusal.GRANT_TYPE_MISSING: Said("invalid_request", "grant_type is missing."),
    Refusal.GRANT_TYPE: Said(
        "unsupported_grant_type", "grant_type is authorization_code or refresh_token."
    ),
    Refusal.CODE_MISSING: Said("invalid_request", "code is missing."),
    Refusal.CODE_UNKNOWN: Said("invalid_grant", "The code is not valid."),
    Refusal.CODE_USED: Said("invalid_grant", "The code was used already."),
    Refusal.CODE_EXPIRED: Said("invalid_grant", "The code has expired."),
    Refusal.CODE_OF_ANOTHER: Said("invalid_grant", "The code is not valid."),
    Refusal.CODE_REDIRECT_URI: Said(
        "invalid_grant", "redirect_uri is not that of the authorization request."
    ),
    Refusal.VERIFIER_WRONG: Said("invalid_grant", "code_verifier does not match."),
    Refusal.VERIFIER_MISSING: Said("invalid_grant", "code_verifier is missing."),
    Refusal.VERIFIER_UNASKED: Said(
        "invalid_grant", "There is a code_verifier, but there was no code_challenge."
    ),
    Refusal.REFRESH_TOKEN_MISSING: Said("invalid_request", "refresh_token is missing."),
    Refusal.REFRESH_TOKEN_UNKNOWN: Said("invalid_grant", "The refresh token is not valid."),
    Refusal.REFRESH_TOKEN_USED: Said("invalid_grant", "The refresh token is not valid."),
    Refusal.GRANT_ENDED: Said("invalid_grant", "The sign-in that this belongs to has ended."),
    Refusal.SCOPE_WIDER: Said("invalid_scope", "scope is wider than what was granted."),
    Refusal.TOKEN_INVALID: Said("invalid_token", "The access token is not valid."),
    Refusal.TOKEN_MISSING: Said("invalid_request", "token is missing."),
}


class RefusedRequestError(Exception):
    """A request of an app is refused. `facts` are for the admin, and hold no secret."""

    def __init__(self, refusal: Refusal, **facts: str) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.facts = facts

    @property
    def said(self) -> Said:
        return SAID[self.refusal]
