"""Whether a browser holds its session, or somebody has no more than a copy of its JWT.

A JWT is shown to every service of the team. Whoever has copied one may begin nothing that outlives
it. The refresh token is shown to this site alone.
"""

from contextlib import suppress

from django.http import HttpRequest

from sessions.errors import RefreshRefusedError
from sessions.refresh_tokens import validate_refresh_token
from sessions.session_request import with_session
from sessions.session_tokens import SessionToken
from web import cookies

MAX_COOKIES = 4  # of one name, as `sessions.access` reads


def holds_session(request: HttpRequest) -> bool:
    """Tell whether a refresh cookie of the session came with its JWT: no query."""
    token = with_session(request).session_token
    presented = cookies.values_of(request, cookies.REFRESH)[:MAX_COOKIES]
    return token is not None and any(_belongs(text, token) for text in presented)


def _belongs(refresh_token: str, token: SessionToken) -> bool:
    """Tell whether it is of the JWT's session and generation.

    The one before also counts: this request, or one at the same moment, may have refreshed.
    """
    with suppress(RefreshRefusedError):
        sid, generation = validate_refresh_token(refresh_token)
        return str(sid) == token.sid and generation >= token.claims["gen"] - 1
    return False
