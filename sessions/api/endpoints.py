"""What other programs of the team call: a session, its refresh, and the keys that verify JWTs."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from protocol.jws.strict_json import NotStrictJsonError, json_object
from sessions import signing_keys
from sessions.access import open_to_scripts
from sessions.actors import visitor_of
from sessions.api.problems import NO_STORE, problem, unauthorized
from sessions.errors import RefreshRefusedError
from sessions.middleware import refreshed_by_cookie
from sessions.models import Session
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_request import SessionRequest
from sessions.session_tokens import issue_session_token
from sessions.sessions import end_session
from sessions.signing_keys.life import JWKS_MAX_AGE
from web.address_limit import AddressLimit

logger = logging.getLogger(__name__)
REFUSED_REFRESHES = AddressLimit("refused-refreshes", limit=30, window=60)


@csrf_exempt  # a cookie alone is not enough here either: see _is_from_this_site
@login_not_required
@open_to_scripts
@require_http_methods(["GET", "HEAD", "DELETE"])
def session(request: SessionRequest) -> HttpResponse:
    """GET: the claims of the presented session JWT, without a query. DELETE: sign out."""
    if request.session_token is None:
        return unauthorized(request)
    if request.method != "DELETE":
        return JsonResponse(request.session_token.claims, headers=NO_STORE)
    if not _is_from_this_site(request):
        return problem(403, "A cookie signs out only from a page of this site.")
    end_session(request)
    return HttpResponse(status=204, headers=NO_STORE)


@csrf_exempt  # a cookie alone is not enough: see _is_from_this_site
@login_not_required
@require_POST
def refresh_session(request: SessionRequest) -> HttpResponse:
    """Exchange a refresh token for the next JWT (RFC 6749 §6).

    A client sends its token as JSON and gets the next two in the body. A browser sends its cookie
    and gets new ones; the body never holds a token then, because scripts could read it.
    """
    try:
        token = _presented_refresh_token(request)
        session = refresh(token, actor=visitor_of(request)) if token else None
    except MalformedBodyError as error:
        return _oauth_error("invalid_request", str(error))
    except RefreshRefusedError as error:
        logger.info("not refreshed: %s", error)
        return _not_refreshed(request, "The refresh token is not good any more.")
    if session is not None:
        return JsonResponse(token_response(session), headers=NO_STORE)
    return _refresh_by_cookie(request)


def token_response(session: Session) -> dict[str, Any]:
    """Return a session's tokens as the token endpoint of RFC 6749 §5.1 would."""
    issued = issue_session_token(session, session.user)
    return {
        "access_token": issued.text,
        "token_type": "Bearer",
        "expires_in": issued.token.exp - issued.token.claims["iat"],
        "refresh_token": issue_refresh_token(session),
    }


def _refresh_by_cookie(request: SessionRequest) -> HttpResponse:
    if not _is_from_this_site(request):
        return problem(403, "A cookie refreshes only from a page of this site.")
    session = refreshed_by_cookie(request)
    if session is None:
        return _not_refreshed(request, "There is no refresh token that is good.")
    expires_in = settings.SESSION_TOKEN_LIFETIME
    return JsonResponse({"token_type": "Bearer", "expires_in": expires_in}, headers=NO_STORE)


class MalformedBodyError(ValueError):
    """The body is neither empty nor the JSON object that is asked for."""


def _presented_refresh_token(request: HttpRequest) -> str:
    """Return the refresh token of the body, "" where there is no body."""
    if not request.body:
        return ""
    try:
        token = json_object(request.body).get("refresh_token")
    except NotStrictJsonError:
        token = None
    if not isinstance(token, str) or not token:
        raise MalformedBodyError('Send JSON with the member "refresh_token".')
    return token


def _not_refreshed(request: HttpRequest, description: str) -> HttpResponse:
    """Refuse, and after too many refusals ask for a pause. A good token is never counted."""
    if REFUSED_REFRESHES.count(request):
        return _oauth_error("invalid_grant", description)
    response = problem(429, "Too many refresh tokens that are not good came from this address.")
    response["Retry-After"] = str(REFUSED_REFRESHES.window)
    return response


def _oauth_error(error: str, description: str) -> HttpResponse:
    """Return an error response (RFC 6749 §5.2)."""
    members = {"error": error, "error_description": description}
    return JsonResponse(members, status=400, headers=NO_STORE)


@login_not_required
@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """Publish the public keys (RFC 7517 §5), or say that they are still the same (RFC 9110 §13)."""
    keys = signing_keys.published()
    headers = {"Cache-Control": f"public, max-age={JWKS_MAX_AGE}", "ETag": keys.etag}
    whole = HttpResponse(keys.body, "application/jwk-set+json", headers=headers)
    response: HttpResponse = get_conditional_response(request, keys.etag, response=whole) or whole
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _is_from_this_site(request: HttpRequest) -> bool:
    """Tell whether this comes from a page of this site, or from a program.

    A browser adds cookies by itself, and says which page asks. It adds no `Authorization` header
    for a page of another site.
    """
    if "Authorization" in request.headers:
        return True
    same_origin = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return same_origin and request.headers.get("Origin") == settings.BASE_URL
