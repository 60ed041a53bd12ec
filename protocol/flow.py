"""The authorization code flow, steps 3 to 6, one function per protocol message, in order.

The functions make the messages that go out, and judge those that come in. They send nothing, and
read no request, database or clock. Each error is the `SignInError` of its step.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from protocol import token_response
from protocol.client_authentication import AccessTokenRequest, Client, authenticated_request
from protocol.errors import (
    AUTHORIZATION_ERRORS,
    OTHER,
    TOKEN_ERRORS,
    AccessTokenError,
    AuthorizationResponseError,
    ErrorCode,
    outage_of,
)
from protocol.form_encoding import form_encoded
from protocol.jws import base64url
from protocol.limits import PARAMETER

RESPONSE_PARAMETERS = ("code", "state", "iss", "error")


@dataclass(frozen=True)
class AuthorizationServer:
    """Where a provider's endpoints are (RFC 8414 §2). `issuer` is "" if none is known."""

    authorization_endpoint: str
    token_endpoint: str
    issuer: str = ""
    userinfo_endpoint: str = ""
    jwks_uri: str = ""
    promises_iss: bool = False  # authorization_response_iss_parameter_supported, RFC 9207 §3
    revocation_endpoint: str = ""  # RFC 7009 §2


class Demand(StrEnum):
    """A question that the provider must ask the visitor, even if it already knows the answer."""

    NOTHING = ""
    LOGIN = "login"  # to sign in there again, for what needs a recent sign-in here
    ACCOUNT = "account"  # to choose the account that will be connected
    ANOTHER = "another"  # to sign in with another account than the one that came back


@dataclass(frozen=True)
class Attempt:
    """What ties the response to the request: 256 bits each, fresh for every sign-in.

    `demand` is part of the request: the response has to show that it was met.
    """

    state: str = field(repr=False)  # RFC 6749 §10.12
    nonce: str = field(repr=False)  # OpenID Connect Core §3.1.2.1
    code_verifier: str = field(repr=False)  # RFC 7636 §4.1
    demand: Demand = Demand.NOTHING

    @classmethod
    def new(cls, demand: Demand = Demand.NOTHING) -> "Attempt":
        state, nonce, code_verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, code_verifier, demand)


def authorization_request_url(server: AuthorizationServer, client: Client, attempt: Attempt) -> str:
    """Return the address to which the visitor is redirected (RFC 6749 §4.1.1, RFC 7636 §4.3).

    Everything in it comes from the arguments; what the admin adds cannot replace what we set.
    """
    digest = hashlib.sha256(attempt.code_verifier.encode()).digest()
    parameters = {
        **dict(client.authorization_parameters),
        **dict(_demanded(client, attempt.demand)),
        "response_type": "code",
        "response_mode": client.response_mode,
        client.client_id_parameter: client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": client.scope_delimiter.join(client.scope),
        "state": attempt.state,
        "code_challenge": base64url.encode(digest),  # RFC 7636 §4.2
        "code_challenge_method": "S256",
    }
    if "openid" in client.scope:
        parameters["nonce"] = attempt.nonce
    query = form_encoded({name: value for name, value in parameters.items() if value})
    separator = "&" if urlsplit(server.authorization_endpoint).query else "?"
    return f"{server.authorization_endpoint}{separator}{query}"


def _demanded(client: Client, demand: Demand) -> tuple[tuple[str, str], ...]:
    """Return the parameters for a demand: () where the provider knows none.

    A provider that offers no choice of accounts can still ask for a login, as anybody's.
    """
    known = {
        Demand.LOGIN: client.login_again,
        Demand.ACCOUNT: client.another_account,
        Demand.ANOTHER: client.another_account or client.login_again,
    }
    return known.get(demand, ())


@dataclass(frozen=True)
class AuthorizationResponse:
    """The parameters with which the visitor came back, "" for one that is absent."""

    code: str = field(repr=False)
    state: str = field(repr=False)
    iss: str
    error: str


def authorization_response(query: Mapping[str, Sequence[str]]) -> AuthorizationResponse:
    """Read the redirect back (RFC 6749 §4.1.2, §4.1.2.1). Nothing of it is trusted yet.

    A repeated parameter is refused (§3.1), and so is an over-long or unprintable one. An empty one
    counts as absent, and an `error` may be any word.
    """
    for name in RESPONSE_PARAMETERS:
        value, problem = "".join(query.get(name, ())), ""
        if len(query.get(name, ())) > 1:
            problem = "occurs twice"
        elif len(value) > PARAMETER:
            problem = f"has more than {PARAMETER} characters"
        elif name != "error" and not (value.isascii() and value.isprintable()):
            problem = "has a character that no such parameter has"
        if problem:
            detail = f"parameter {name} {problem}"
            raise AuthorizationResponseError(ErrorCode.RESPONSE_MALFORMED, detail)
    code, state, iss, error = ("".join(query.get(name, ())) for name in RESPONSE_PARAMETERS)
    if not state:
        raise AuthorizationResponseError(ErrorCode.STATE_MISSING)
    return AuthorizationResponse(code, state, iss, error)


def authorization_code(
    response: AuthorizationResponse, server: AuthorizationServer, attempt: Attempt
) -> str:
    """Return the authorization code (RFC 6749 §4.1.2, RFC 9207 §2.4).

    First, the response must answer this attempt and come from this issuer. A response with an error
    and a code counts as an error. If no issuer is known, we cannot compare `iss`. Then we rely on
    the redirect URI, which is different for each provider (RFC 9700 §4.4.2.2).
    """
    if not hmac.compare_digest(response.state, attempt.state):
        raise AuthorizationResponseError(ErrorCode.STATE_UNKNOWN, "another attempt's state")
    if server.issuer and response.iss != server.issuer and (response.iss or server.promises_iss):
        raise AuthorizationResponseError(ErrorCode.ISSUER_MISMATCH, "iss of the response")
    if response.error:
        code = AUTHORIZATION_ERRORS.get(response.error, ErrorCode.AUTHORIZATION_REFUSED)
        known = response.error if response.error in AUTHORIZATION_ERRORS else OTHER
        raise AuthorizationResponseError(code, f"error {known}", provider_error=known)
    if not response.code:
        raise AuthorizationResponseError(ErrorCode.RESPONSE_MALFORMED, "neither code nor error")
    return response.code


def access_token_request(
    server: AuthorizationServer, client: Client, attempt: Attempt, code: str
) -> AccessTokenRequest:
    """Make the request that turns the code into a token (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    data = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri}
    if client.sends_verifier:
        data["code_verifier"] = attempt.code_verifier
    return authenticated_request(server.token_endpoint, client, data)


@dataclass(frozen=True)
class AccessToken:
    """A successful answer of the token endpoint."""

    access_token: str = field(repr=False)
    id_token: str = field(repr=False)  # "" where there is none
    members: dict[str, Any] = field(repr=False)  # all of the answer that is not absent
    refresh_token: str = field(default="", repr=False)  # RFC 6749 §1.5, "" if none is usable
    expires_in: int | None = None  # seconds; None if the answer does not say


def access_token_response(status: int, content_type: str, body: bytes) -> AccessToken:
    """Judge the token endpoint's answer (RFC 6749 §5.1, §5.2).

    `absent_values.TOKEN_RESPONSE` says which members count as absent: several providers forget
    `token_type`, and nothing needs `expires_in`. Any other type than Bearer is refused.
    """
    if outage := outage_of(status):
        raise AccessTokenError(outage, f"token endpoint answers {status}")
    response = token_response.read(status, content_type, body)
    if response.is_error:
        known = response.error
        code = TOKEN_ERRORS.get(known, ErrorCode.TOKEN_REFUSED)
        raise AccessTokenError(code, f"status {status}, error {known}", provider_error=known)
    if problem := response.problem:
        raise AccessTokenError(ErrorCode.TOKEN_RESPONSE_MALFORMED, problem)
    members = response.members
    sent: str = members.get("refresh_token", "")
    refresh_token = sent if sent.isascii() and sent.isprintable() else ""
    id_token, expires_in = members.get("id_token", ""), members.get("expires_in")
    return AccessToken(members["access_token"], id_token, members, refresh_token, expires_in)
