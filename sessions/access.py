"""Who makes a request, which view may they open, and what does everybody else get?

A browser is sent to `/sign-in/` or sees a page. A program gets 401 or 403, with a challenge
(RFC 6750 §3.1) and a problem (RFC 9457). Every client that sends `Authorization` or does not
prefer HTML counts as a program. A view that is decorated here needs no other mark:
`SignInRequiredMiddleware` leaves it alone.

The token of a script may do less than its owner. It counts only as `Authorization: Bearer`, and
only for a view that opts in with `open_to_scripts`. Everywhere else `request.session_token` is
None, as for a stranger.
"""

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from encryption import SealBrokenError
from sessions.errors import SessionTokenError, SigningKeyUnreadableError
from sessions.session_request import SessionRequest, View, guarded, with_session
from sessions.session_tokens import SessionToken, validate_session_token
from web import cookies

logger = logging.getLogger(__name__)
NO_STORE = {"Cache-Control": "no-store"}
MAX_COOKIES = 4  # of one name; a browser sends one, and others may have been planted
ADMIN = "/admin/"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")  # RFC 9110 §9.2.1


def login_required(view: View) -> View:
    """Require a signed-in person who still has an account: `request.user`. It costs one query."""
    return _guarded(
        view, lambda asked: None if asked.user.is_authenticated else _unauthenticated(asked)
    )


def scope_required(scope: str) -> Callable[[View], View]:
    """Let in a session JWT with all of these scopes (RFC 6749 §3.3), without a query."""
    needed = set(scope.split())

    def detail() -> str:
        return _("The scope {scope} is needed.").format(scope=scope)

    return _words_required("scope", needed.issubset, detail, scope)


def group_required(*groups: str) -> Callable[[View], View]:
    """Require a session JWT with at least one of these groups. This needs no query."""

    def detail() -> str:
        return _("This is for members of {groups}.").format(groups=get_text_list([*groups]))

    return _words_required("groups", lambda words: not words.isdisjoint(groups), detail)


def open_to_scripts(view: View) -> View:
    """Accept tokens of scripts too, as `Authorization: Bearer`. No other view accepts them.

    The audience of the token has to be this site, or the address of the view. Such a token never
    counts as a recent sign-in.
    """
    opened = guarded(view, lambda _: None)
    opened.open_to_scripts = True  # type: ignore[attr-defined] # read by `SessionMiddleware`
    return opened


def refusal_of_script(request: HttpRequest) -> HttpResponse | None:
    """Return 403 for a script's valid token that this view does not accept, else None."""
    if with_session(request).session_token is None and token_of_script(request) is not None:
        return insufficient_scope("A token for a script is not accepted here.")
    return None


def _words_required(
    claim: str, are_enough: Callable[[set[str]], bool], detail: Callable[[], str], scope: str = ""
) -> Callable[[View], View]:
    """Require words of a claim, which is a list or a text of words (RFC 8693 §4.2)."""

    def refuse(request: SessionRequest) -> HttpResponse | None:
        if request.session_token is None:
            return _unauthenticated(request)
        value = request.session_token.claims.get(claim)
        members = value.split() if isinstance(value, str) else value
        listed = members if isinstance(members, list) else []
        words = {member for member in listed if isinstance(member, str)}
        return None if are_enough(words) else _forbidden(request, detail(), scope)

    return lambda view: _guarded(view, refuse)


def _guarded(view: View, refuse: Callable[[SessionRequest], HttpResponse | None]) -> View:
    asking = guarded(view, refuse)
    asking.login_required = False  # type: ignore[attr-defined] # Django's mark: this view asks itself
    return asking


def _unauthenticated(request: SessionRequest) -> HttpResponse:
    if not _is_browser(request):
        return refusal_of_script(request) or unauthorized(request)
    return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)


def _forbidden(request: SessionRequest, detail: str, scope: str = "") -> HttpResponse:
    if not _is_browser(request):
        return insufficient_scope(detail, scope)
    response = render(request, "not_allowed.html", {"detail": detail}, status=403)
    response["Cache-Control"] = "private, no-store"
    return response


def _is_browser(request: HttpRequest) -> bool:
    """Tell whether to send a page: HTML is preferred to JSON, and no `Authorization` came."""
    preferred = request.get_preferred_type(["application/json", "text/html"])
    return preferred == "text/html" and not has_header(request)


def problem(status: int, detail: str, challenge: str = "") -> JsonResponse:
    """Return a problem. The `challenge` goes into `WWW-Authenticate`."""
    headers = NO_STORE | ({"WWW-Authenticate": challenge} if challenge else {})
    content = {"status": status, "detail": detail}
    content_type = "application/problem+json"
    return JsonResponse(content, status=status, content_type=content_type, headers=headers)


def unauthorized(request: HttpRequest) -> JsonResponse:
    """Return 401 (RFC 6750 §3.1). It has an error code if a credential came, but never a reason."""
    is_presented = has_header(request) or cookies.values_of(request, cookies.SESSION)
    challenge = 'Bearer error="invalid_token"' if is_presented else "Bearer"
    return problem(401, "A valid session JWT is needed.", challenge)


def insufficient_scope(detail: str, scope: str = "") -> JsonResponse:
    """Return 403 (RFC 6750 §3.1): the token is valid, but not for this."""
    needed = f', scope="{scope}"' if scope else ""
    return problem(403, detail, f'Bearer error="insufficient_scope"{needed}')


# Who is asking


def has_header(request: HttpRequest) -> bool:
    """Tell whether there is an `Authorization` header. If so, cookies do not count."""
    return "HTTP_AUTHORIZATION" in request.META  # `request.headers` takes 12 µs to make


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
    scheme, _, token = request.META["HTTP_AUTHORIZATION"].partition(" ")
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
