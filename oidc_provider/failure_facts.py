"""What is kept of a refused request: what the app sent, as far as it says why and is no secret."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest, QueryDict

from oidc_provider.clients import FORM
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.redirect_uris import MAX_LENGTH
from sessions.access import has_header
from sessions.session_request import with_session
from web.shown import escaped

SENT = "sent"  # the field in which a page of ours sends the app's request again
LENGTH = 200  # characters of a value; a redirect URI may be longer
CLIENT_ID_LENGTH = 100  # characters
# Parameters that may say why, and whose values are no secrets
TELLING = (
    *("redirect_uri", "response_type", "response_mode", "scope", "prompt", "max_age", "resource"),
    *("code_challenge_method", "grant_type"),
)
OF_AUTHENTICATION = {Refusal.SECRET_WRONG, Refusal.SECRET_MISSING, Refusal.CREDENTIALS_TWICE}
MASK = "***"
# Somebody may paste a secret into the wrong field. Ours have upper and lower case and 43
# characters; many of others are hexadecimal.
LIKE_A_SECRET = re.compile(
    r"(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[a-z])[A-Za-z0-9_-]{32,}|[0-9a-f]{32,}"
)
USERINFO = re.compile(r"(?<=//)[^/?#]*@")
# An app that takes the address of its page as redirect URI sends along what that has got.
VALUES = re.compile(
    r"(?i)([?&#;][^=&#;]*(?:code|state|token|secret|assertion|password|verifier|session|ticket|key)"
    r"[^=&#;]*=)[^&#;]*"
)


@dataclass(frozen=True)
class RefusedRequest:
    """A refused request, in values that may be kept."""

    client_id: str
    sub: str  # of the person, "" if nobody is known
    facts: dict[str, str] = field(default_factory=dict)


def refused_request(request: HttpRequest, error: RefusedRequestError) -> RefusedRequest:
    """Return what may be kept of this request. The facts of the error count before what was sent.

    This needs no query.
    """
    sent = _parameters(request)
    facts_of_error = dict(error.facts)
    client_id = facts_of_error.pop("client_id", "") or sent.get("client_id", "")
    sub = facts_of_error.pop("sub", "") or _signed_in(request)
    facts = {name: " ".join(sent.getlist(name)) for name in TELLING if name in sent}
    facts |= facts_of_error
    facts["endpoint"] = request.path
    if error.refusal in OF_AUTHENTICATION:
        facts["authentication"] = _authentication(request, sent)
    kept = {name: shown(name, value) for name, value in facts.items() if value}
    return RefusedRequest(shown("client_id", client_id)[:CLIENT_ID_LENGTH], sub, kept)


def shown(name: str, value: str) -> str:
    """Return a value in visible characters, cut, and without secrets."""
    cut = value[: MAX_LENGTH + 1 if name == "redirect_uri" else LENGTH]
    if name in ("redirect_uri", "resource"):
        cut = VALUES.sub(rf"\1{MASK}", USERINFO.sub(f"{MASK}@", cut))
    masked = LIKE_A_SECRET.sub(MASK, cut)
    return masked if masked.isprintable() else escaped(masked)


def _parameters(request: HttpRequest) -> QueryDict:
    """Return what the app sent. A body that no view has read as a form stays unread."""
    if request.method == "GET":
        return request.GET
    if request.method != "POST" or request.content_type != FORM:
        return QueryDict()
    return QueryDict(request.POST[SENT]) if SENT in request.POST else request.POST


def _signed_in(request: HttpRequest) -> str:
    """Return the `sub` of the person in whose browser this is: only a cookie is a browser's."""
    token = with_session(request).session_token
    return "" if token is None or has_header(request) else str(token.claims["sub"])


def _authentication(request: HttpRequest, sent: Mapping[str, str]) -> str:
    """Return the method by which the app has authenticated (RFC 7591 §2)."""
    if request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("basic "):
        return "client_secret_basic"
    if "client_assertion" in sent:
        return "private_key_jwt"
    return "client_secret_post" if "client_secret" in sent else "none"
