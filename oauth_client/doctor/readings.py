"""How each provider answers a code that is wrong on purpose: data, with date and source.

A provider authenticates the client before it looks at the code (RFC 6749 §4.1.3, §5.2), so that a
complaint about the code says that client ID and secret are right. Of an answer only what stands
here is read; everything else is unknown.
"""

from enum import Enum, auto


class Reading(Enum):
    """What an answer says."""

    GOOD = auto()
    CREDENTIALS = auto()  # one of the two is wrong, and it does not say which
    CLIENT_ID = auto()
    SECRET = auto()
    EXPIRED = auto()
    DELETED = auto()
    REDIRECT_URI = auto()
    TENANT = auto()
    NOT_ALLOWED = auto()
    CODE_FIRST = auto()  # the code was looked at before the secret


# The codes of RFC 6749 §5.2, which most providers keep to.
BY_RFC = {
    "invalid_grant": Reading.GOOD,
    "invalid_client": Reading.CREDENTIALS,
    "unauthorized_client": Reading.NOT_ALLOWED,
    "redirect_uri_mismatch": Reading.REDIRECT_URI,
}
# By kind: a code, "status 404", a number, or a message that never changes. The first of an answer's
# marks that is listed counts, numbers and messages before codes.
BY_KIND: dict[str, dict[str, Reading]] = {
    # 2026-11, docs.github.com, "Troubleshooting OAuth app access token request errors"
    "github": {
        "bad_verification_code": Reading.GOOD,
        "incorrect_client_credentials": Reading.CREDENTIALS,
        "redirect_uri_mismatch": Reading.REDIRECT_URI,
        "status 404": Reading.CLIENT_ID,
    },
    # 2026-11, developers.google.com, "Using OAuth 2.0 for web server applications", errors
    "google": {"deleted_client": Reading.DELETED},
    # 2026-11, learn.microsoft.com, "Microsoft Entra authentication and authorization error codes".
    # It does not say that the secret is looked at before the code.
    "microsoft": {
        "AADSTS7000215": Reading.SECRET,
        "AADSTS7000222": Reading.EXPIRED,
        "AADSTS7000218": Reading.SECRET,
        "AADSTS700016": Reading.CLIENT_ID,
        "AADSTS7000112": Reading.DELETED,  # the application is disabled
        "AADSTS90002": Reading.TENANT,
        "AADSTS900023": Reading.TENANT,
        "AADSTS50011": Reading.REDIRECT_URI,
        "AADSTS9002313": Reading.CODE_FIRST,
        "invalid_grant": Reading.CODE_FIRST,
    },
    # 2026-11, docs.slack.dev, openid.connect.token, errors
    "slack": {
        "invalid_code": Reading.GOOD,
        "bad_client_secret": Reading.SECRET,
        "invalid_client_id": Reading.CLIENT_ID,
        "bad_redirect_uri": Reading.REDIRECT_URI,
    },
    # 2015-12, facebookarchive/php-graph-sdk #538: a wrong secret; 2016-04, restfb/restfb #412: a
    # malformed code. Which it looks at first is not documented.
    "facebook": {"number 1": Reading.SECRET, "number 100": Reading.CODE_FIRST},
    # 2022-07, PhantomBot/PhantomBot #2860; which it looks at first is not documented
    "twitch": {
        "invalid client secret": Reading.SECRET,
        "invalid client": Reading.CLIENT_ID,
        "invalid authorization code": Reading.CODE_FIRST,
    },
    # 2023-02, keycloak/keycloak #16923: its word for a wrong secret
    "keycloak": {"unauthorized_client": Reading.CREDENTIALS},
    # Keycloak is often added as any issuer.
    "openid_connect": {"unauthorized_client": Reading.CREDENTIALS},
}
# Error codes that may be shown though they decide nothing: those of RFC 6749 §5.2.
SHOWN = frozenset({*BY_RFC, "invalid_request", "unsupported_grant_type", "invalid_scope"})


def reading_of(kind: str, marks: list[str]) -> tuple[Reading, str] | None:
    """Return what the first mark that is known says, and that mark."""
    known = BY_RFC | BY_KIND.get(kind, {})
    return next(((known[mark], mark) for mark in marks if mark in known), None)
