"""What visitors and clients send, read into frozen dataclasses and not yet checked."""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from django.http import HttpRequest, QueryDict

MAX_PARAMETER = 2048  # characters


class MalformedRequestError(ValueError):
    """A request that no provider understands. The text is for the visitor."""


@dataclass(frozen=True)
class AuthorizationRequest:
    """The parameters that a visitor brings (RFC 6749 §4.1.1); "" for one that is absent."""

    client_id: str
    redirect_uri: str
    response_type: str
    scope: str
    state: str
    nonce: str  # OpenID Connect Core §3.1.2.1
    prompt: str
    max_age: str  # seconds
    login_hint: str
    code_challenge: str  # RFC 7636 §4.3
    code_challenge_method: str
    hd: str  # Google: the hosted domain to offer
    access_type: str  # Google: "offline" asks for a refresh token
    login: str  # GitHub: its login_hint
    request: str  # OpenID Connect Core §6, which nobody here supports
    request_uri: str


def authorization_request(query: QueryDict) -> AuthorizationRequest:
    """Read the authorization request; a parameter given twice is refused (RFC 6749 §3.1)."""
    parameters = _once_each(query)
    names = AuthorizationRequest.__dataclass_fields__
    return AuthorizationRequest(**{name: parameters.get(name, "") for name in names})


@dataclass(frozen=True)
class Decision:
    """Which button the visitor pressed, and for whom."""

    allowed: bool
    person_id: str


def decision(form: QueryDict) -> Decision:
    """Read the form of the authorization page."""
    parameters = _once_each(form)
    if parameters.get("decision") not in ("allow", "deny"):
        raise MalformedRequestError("The form field “decision” is neither “allow” nor “deny”.")
    return Decision(parameters["decision"] == "allow", parameters.get("person", ""))


@dataclass(frozen=True)
class TokenRequest:
    """What a client sends to the token endpoint (RFC 6749 §4.1.3, §6), "" for what is absent."""

    grant_type: str
    code: str = field(repr=False)
    redirect_uri: str
    code_verifier: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scope: str
    client_id: str
    client_secret: str = field(repr=False)


def token_request(request: HttpRequest) -> TokenRequest:
    """Read the form, and the client's credentials from wherever they are (RFC 6749 §2.3.1)."""
    parameters = _once_each(request.POST)
    basic = basic_credentials(request)
    if basic:
        if parameters.get("client_secret") or parameters.get("client_id", basic[0]) != basic[0]:
            raise MalformedRequestError("The client authenticates in two ways at once.")
        parameters["client_id"], parameters["client_secret"] = basic
    names = TokenRequest.__dataclass_fields__
    return TokenRequest(**{name: parameters.get(name, "") for name in names})


def basic_credentials(request: HttpRequest) -> tuple[str, str] | None:
    """Return client id and secret of HTTP Basic, each form-decoded (RFC 6749 §2.3.1)."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise MalformedRequestError("The Authorization header is not HTTP Basic.") from None
    return (unquote_plus(user), unquote_plus(password)) if colon else None


def bearer_token(request: HttpRequest, *schemes: str) -> str:
    """Return the access token of the Authorization header (RFC 6750 §2.1), "" without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() in (schemes or ("bearer",)) else ""


def _once_each(query: QueryDict) -> dict[str, str]:
    for name, values in query.lists():
        if len(values) > 1:
            problem = f"The parameter “{name[:60]}” is given more than once."
            raise MalformedRequestError(problem)
        if len(values[0]) > MAX_PARAMETER or not values[0].isprintable():
            problem = f"The parameter “{name[:60]}” is too long or unprintable."
            raise MalformedRequestError(problem)
    return {name: str(values[0]) for name, values in query.lists()}
