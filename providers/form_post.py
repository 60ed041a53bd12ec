"""An authorization response that comes as a POST (OAuth 2.0 Form Post Response Mode §2).

The browser sends it from the provider's page, so it sends no cookies of ours. We redirect to the
same callback with the response in the address. Then the browser sends our cookies. Apple sends a
name only with the POST, and only at the first sign-in. A sealed cookie, bound to the state, keeps
the name during the redirect. No decision depends on the name.
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode

from django.http import HttpRequest, HttpResponse

from protocol import flow
from protocol.errors import AuthorizationResponseError, ErrorCode
from protocol.jws import strict_json
from protocol.limits import FORM_POST_QUERY
from protocol.token_response import FORM
from web.cookies import SENT_NAME
from web.sealed_cookies import SealedCookie

MAX_FIELDS = 20
MAX_NAME = 160  # bytes of either part: all our cookies together stay under 7 KB
LIFETIME = 60  # seconds: as long as a redirect takes
SEALED = SealedCookie("name sent by a provider, packed")


@dataclass(frozen=True)
class FormPost:
    """A response by POST as the query of a redirect, and the name with it; "" for none."""

    query: str = field(repr=False)
    state: str = field(repr=False)
    name: str = field(repr=False)


def form_post(request: HttpRequest) -> FormPost:
    """Read the body, whose size the server limits. Raises `AuthorizationResponseError`."""
    if request.content_type != FORM:
        raise _malformed("the body is no form")
    try:
        text = request.body.decode("ascii")
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise _malformed("the body cannot be read") from None
    response = flow.authorization_response(fields)
    query = urlencode({name: value for name, value in vars(response).items() if value})
    if len(query) > FORM_POST_QUERY:
        raise _malformed("too long for the address of a redirect")
    return FormPost(query, response.state, _name(fields.get("user", [])))


def keep_name(response: HttpResponse, posted: FormPost) -> None:
    """Set the cookie with the name, for the one request that follows."""
    if posted.name:
        context = f"{SENT_NAME}-{posted.state}"
        SEALED.set(response, SENT_NAME, posted.name, max_age=LIFETIME, context=context)


def posted_name(request: HttpRequest, state: str) -> str:
    """Return the name that came with this state, "" for none."""
    names = SEALED.texts_in(request, SENT_NAME, context=f"{SENT_NAME}-{state}")
    return next((name for (name,) in names), "")


def _name(values: list[str]) -> str:
    """Read Apple's `user` (developer.apple.com, "Authenticating users", 2026-11).

    A name of another shape is ignored. It keeps nobody out.
    """
    try:
        user = strict_json.json_object("".join(values).encode())
    except strict_json.MalformedError:
        return ""
    name = user.get("name")
    parts = [name.get(part) for part in ("firstName", "lastName")] if isinstance(name, dict) else []
    raw = (part.encode(errors="replace") for part in parts if isinstance(part, str))
    return " ".join(part[:MAX_NAME].decode(errors="ignore") for part in raw).strip()


def _malformed(detail: str) -> AuthorizationResponseError:
    return AuthorizationResponseError(ErrorCode.RESPONSE_MALFORMED, detail)
