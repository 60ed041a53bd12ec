"""Find the session JWT of a request, a browser's or a script's.

The token of a script may do less than its owner. It counts only as `Authorization: Bearer`, and
only for a view that opts in with `sessions.access.open_to_scripts`. Everywhere else
`request.session_token` is None, as for a stranger.
"""

import logging

from django.http import HttpRequest

from encryption import SealBrokenError
from sessions.errors import SessionTokenError, SigningKeyUnreadableError
from sessions.session_tokens import SessionToken, validate_session_token
from web import cookies

logger = logging.getLogger(__name__)
MAX_COOKIES = 4  # of one name; a browser sends one, and others may have been planted
ADMIN = "/admin/"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")  # RFC 9110 §9.2.1


def has_header(request: HttpRequest) -> bool:
    """Tell whether there is an `Authorization` header. If so, cookies do not count."""
    return "Authorization" in request.headers


def token_of_browser(request: HttpRequest) -> SessionToken | None:
    """Return the JWT of a browser's session: from the header, else from the first good cookie.

    The token of a script is skipped: planted in a cookie, it does not hide the browser's own.
    """
    if has_header(request):
        tokens = [_bearer_token(request)]
    else:
        tokens = cookies.values_of(request, cookies.SESSION)[:MAX_COOKIES]
    valid = [token for token in map(_validated, tokens) if token and token.is_of_browser]
    if len({token.sid for token in valid}) > 1:  # somebody may have planted one
        sessions = ", ".join(f"user={token.sub} sid={token.sid}" for token in valid)
        logger.warning("several valid session cookies, the first counts: %s", sessions)
    return valid[0] if valid and _is_believed(request, valid[0]) else None


def token_of_script(request: HttpRequest) -> SessionToken | None:
    """Return the JWT of a script, from the header alone; its audience is not checked."""
    token = _validated(_bearer_token(request)) if has_header(request) else None
    if token is None or token.is_of_browser:
        return None
    return token if _is_believed(request, token) else None


def _bearer_token(request: HttpRequest) -> str:
    """Return the token of the header (RFC 6750 §2.1), "" for another scheme."""
    scheme, _, token = request.headers["Authorization"].partition(" ")
    return token.strip(" ") if scheme.lower() == "bearer" else ""


def _validated(token: str) -> SessionToken | None:
    try:
        return validate_session_token(token)
    except SessionTokenError:
        return None
    except SealBrokenError:  # then none is issued either: everybody is a stranger
        logger.error("%s", SigningKeyUnreadableError())
        return None


def _is_believed(request: HttpRequest, token: SessionToken) -> bool:
    """Tell whether the token counts. If revocation was not checked, only safe requests pass."""
    is_sensitive = request.method not in SAFE_METHODS or request.path_info.startswith(ADMIN)
    return token.is_checked or not is_sensitive
