"""How each provider answers a code that is wrong on purpose: data, with date and source.

A provider has to authenticate the client before it looks at the code (RFC 6749 §4.1.3). So a
complaint about the code would say that client ID and secret are right. But some look at the code
first, and some let a public client pass with any secret. Only kinds that are known to keep to the
RFC are `GOOD`; the others are asked further, `CODE`. An answer that is not listed here is unknown.
"""

from enum import StrEnum

from diagnosis.entries import BY_MICROSOFT_NUMBER
from protocol.error_names import MICROSOFT
from protocol.token_response import TokenResponse


class Reading(StrEnum):
    """What an answer may say besides the code of a diagnosis."""

    GOOD = "good"  # the code is refused, after the secret was looked at
    CODE = "invalid_grant"  # the code is refused, perhaps before the secret was looked at
    CREDENTIALS = "credentials"  # one of the two is wrong, and it does not say which
    SIGNED_SECRET = "signed_secret"  # noqa: S105 - one that Signet signs
    UNKNOWN_OR_DISABLED = "unknown_or_disabled"  # the client
    CREDENTIALS_OR_URI = "credentials_or_uri"
    NOTHING = "nothing"  # it is not listed


# The codes of RFC 6749 §5.2, which most providers keep to.
BY_RFC: dict[str, str] = {
    "invalid_grant": Reading.CODE,
    "invalid_client": Reading.CREDENTIALS,
    "unauthorized_client": "client_not_allowed",
    "redirect_uri_mismatch": "redirect_uri_not_registered",
}
# By kind and mark (`TokenResponse.marks`): the first mark that is listed counts.
BY_KIND: dict[str, dict[str, str]] = {
    # 2026-11, docs.github.com, "Troubleshooting OAuth app access token request errors"; what it
    # looks at first: 2026-11, trufflesecurity/trufflehog, detectors/github_oauth2
    "github": {
        "bad_verification_code": Reading.GOOD,
        "incorrect_client_credentials": Reading.CREDENTIALS,
        "status 404": "wrong_client_id",
    },
    # 2026-11, trufflesecurity/trufflehog, detectors/googleoauth2clientcredentials: a wrong code
    # with an unknown client, with a wrong secret, and with the right one
    "google": {
        "the oauth client was not found.": "wrong_client_id",
        "the provided client secret is invalid.": "wrong_client_secret",
        "deleted_client": "application_suspended",  # 2022-11, xyou365/AutoRclone #98
        "disabled_client": "application_suspended",  # 2023-11, liberodark/ODrive #175
        "invalid_grant": Reading.GOOD,
    },
    # Which it looks at first is not documented. Its documentation warns that numbers may change:
    # another one is unknown. A conditional access policy answers invalid_client too, and so does a
    # tenant in which a multitenant application has not been used yet (AADSTS7000229).
    "microsoft": {
        **BY_MICROSOFT_NUMBER,
        "invalid_client": Reading.NOTHING,
        "unauthorized_client": Reading.NOTHING,
    },
    # 2020-07, aboutyou/dart_packages #108: invalid_grant, and with one letter of the client secret
    # changed invalid_client; 2022-04, #303: invalid_client for a wrong time in it
    "apple": {"invalid_grant": Reading.GOOD, "invalid_client": Reading.SIGNED_SECRET},
    # 2026-11, doorkeeper-gem/doorkeeper, authorization_code_request.rb: the client first
    "gitlab": {"invalid_grant": Reading.GOOD},
    # 2021-11, discord/discord-api-docs #4076: both as invalid_request; 2022-10, #5579: the first as
    # invalid_grant
    "discord": {
        'invalid "redirect_uri" in request.': "redirect_uri_not_registered",
        "invalid_request": Reading.CODE,
    },
    # 2026-11, docs.slack.dev, openid.connect.token, errors
    "slack": {
        "invalid_code": Reading.CODE,
        "bad_client_secret": "wrong_client_secret",
        "invalid_client_id": "wrong_client_id",
        "bad_redirect_uri": "redirect_uri_not_registered",
    },
    # 2026-11, learn.microsoft.com/linkedin, "Authorization Code Flow" and "Client Credential
    # Flow", error details; 2022-10, d3xt3r2909/linkedin_login #77: a wrong code as invalid_request
    "linkedin_oauth2": {
        "invalid_request": Reading.CODE,
        "invalid_redirect_uri": Reading.CODE,  # says so of a wrong code too
        "invalid_client_id": Reading.CREDENTIALS,
    },
    # A wrong secret: 2015-12, facebookarchive/php-graph-sdk #538; an unknown or restricted ID:
    # 2013-01, diowa/icare #5, 2024-10, sns-sdks/python-facebook #271; a wrong code: 2016-04,
    # restfb/restfb #412. Number 1 alone may be an outage (2026-11, developers.facebook.com,
    # "Handle errors").
    "facebook": {
        "error validating client secret.": "wrong_client_secret",
        "number 101": Reading.UNKNOWN_OR_DISABLED,
        "number 100": Reading.CODE,
    },
    # 2022-07, PhantomBot/PhantomBot #2860; nicklaw5/helix, authentication_test.go (2026-11)
    "twitch": {
        "invalid client secret": "wrong_client_secret",
        "invalid client": "wrong_client_id",
        "parameter redirect_uri does not match registereduri": "redirect_uri_not_registered",
        "invalid authorization code": Reading.CODE,
    },
    # A wrong secret: 2023-01, tweepy/tweepy #2035; a wrong code, as invalid_request: 2023-08,
    # plhery/node-twitter-api-v2 #496
    "twitter_oauth2": {
        "unauthorized_client": Reading.CREDENTIALS,
        "invalid_request": Reading.CODE,
    },
    # 2026-11, drone/go-scm, scm/transport/oauth2, tests of its refresher
    "bitbucket_oauth2": {"unauthorized_client": Reading.CREDENTIALS},
    # 2026-11, trufflesecurity/trufflehog, detectors/auth0oauth: 401 access_denied for a wrong ID or
    # secret, 403 invalid_grant for a wrong code with the right ones
    "auth0": {"access_denied": Reading.CREDENTIALS, "invalid_grant": Reading.GOOD},
    # 2026-11, trufflesecurity/trufflehog, detectors/okta: an unknown ID in members of its own
    "okta": {
        "errorCode invalid_client": "wrong_client_id",
        "the client secret supplied for a confidential client is invalid.": "wrong_client_secret",
    },
    # 2026-11, keycloak/keycloak, ClientIdAndSecretAuthenticator and AuthenticationProcessor: a
    # wrong secret, and a client that is not there, disabled or to authenticate in another way. A
    # public client passes with any secret.
    "keycloak": {
        "unauthorized_client": Reading.CREDENTIALS,
        "invalid_client": Reading.UNKNOWN_OR_DISABLED,
    },
    # 2026-11, goauthentik/authentik, providers/oauth2/views: an unregistered redirect URI is an
    # invalid_client too, and a grant that is not switched on an invalid_grant, before the secret
    "authentik": {"invalid_client": Reading.CREDENTIALS_OR_URI},
    # Keycloak and Auth0 are often added as any issuer. An unregistered redirect URI too is an
    # unauthorized_client at some (2020-02, DuendeArchive/IdentityServer4 #4075), and an
    # invalid_client at others (2016-10 and 2021-06, thephpleague/oauth2-server #667, #1234).
    "openid_connect": {
        "unauthorized_client": Reading.CREDENTIALS_OR_URI,
        "invalid_client": Reading.CREDENTIALS_OR_URI,
        "access_denied": Reading.CREDENTIALS,
    },
}
# Kinds at which the application can get a token of its own (RFC 6749 §4.4), and its scope. That
# shows whether the secret is right, if nothing else does. At Microsoft this token opens nothing but
# the application itself, and a tenant has to be named (AADSTS9001023).
# 2026-11: learn.microsoft.com, "OAuth 2.0 client credentials flow"; developers.facebook.com,
# "Access tokens"; dev.twitch.tv, "Getting OAuth access tokens".
OWN_TOKEN = {"microsoft": "{client_id}/.default", "facebook": "", "twitch": ""}
# What an answer to a wrong secret may say.
REFUSES_THE_CLIENT = frozenset(
    {
        Reading.CREDENTIALS,
        "wrong_client_id",
        "wrong_client_secret",
        Reading.UNKNOWN_OR_DISABLED,
        Reading.CREDENTIALS_OR_URI,
        "client_not_allowed",
    }
)
# What may be about the redirect URI, if the description names it.
VAGUE = frozenset(
    {
        Reading.CREDENTIALS,
        Reading.CREDENTIALS_OR_URI,
        Reading.UNKNOWN_OR_DISABLED,
        "client_not_allowed",
        Reading.NOTHING,
    }
)
# Error codes of RFC 6749 §5.2: they may be shown, even if they decide nothing.
SHOWN = frozenset({*BY_RFC, "invalid_request", "unsupported_grant_type", "invalid_scope"})


def reading_of(kind: str, response: TokenResponse) -> tuple[str, str]:
    """Return what an answer says at this kind of provider, and the mark that says it.

    That is the code of a diagnosis, or a `Reading`. The mark is "" where none is known.
    """
    known = BY_RFC | BY_KIND.get(kind, {})
    mark = next((mark for mark in response.marks if mark in known), "")
    reading = known.get(mark, Reading.NOTHING)
    if response.hint == "redirect_uri" and reading in VAGUE:
        return "redirect_uri_not_registered", mark or shown(response)
    return reading, mark


def names_an_error(response: TokenResponse) -> bool:
    """Tell whether it is an error response of OAuth 2.0, and no page of something else."""
    return not SHOWN.isdisjoint(response.marks)


def shown(response: TokenResponse) -> str:
    """Return the first mark that may be shown: a code of the RFC, or a number of Microsoft's."""
    fit = (mark for mark in response.marks if mark in SHOWN or MICROSOFT.fullmatch(mark))
    return next(fit, "no error code that is known")
