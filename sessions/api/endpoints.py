"""What other programs of the team call: a session, its refresh, and the keys that verify JWTs."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from protocol.jws.strict_json import MalformedError, json_object
from sessions.access import NO_STORE, has_header, open_to_scripts, problem, unauthorized
from sessions.errors import RefreshRefusedError, SigningKeyUnreadableError
from sessions.middleware import refreshed_by_cookie
from sessions.session_cookies import delete_session_cookies, end_session, set_session_cookies
from sessions.session_request import SessionRequest, actor_of, visitor_of
from sessions.signing_keys import keyring
from sessions.signing_keys.life import JWKS_MAX_AGE, STALE_AFTER
from sessions.starting import IssuedSession, exchange_refresh_token
from web.addresses import AddressLimit

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
    end_session(request.session_token, actor_of(request))
    response = HttpResponse(status=204, headers=NO_STORE)
    delete_session_cookies(request, response)
    return response


@csrf_exempt  # a cookie alone is not enough: see _is_from_this_site
@login_not_required
@require_POST
def refresh_session(request: SessionRequest) -> HttpResponse:
    """Exchange a refresh token for the next JWT (RFC 6749 §6).

    A script sends its token as JSON and gets the next two in the body. A browser sends its cookie
    and gets new ones. Then the body holds no token, because scripts of the page could read it.
    """
    try:
        return _refresh_by_body(request) if request.body else _refresh_by_cookie(request)
    except SigningKeyUnreadableError as error:
        logger.error("not refreshed: %s", error)
        return problem(503, "This site cannot issue a session JWT at the moment.")


def _refresh_by_body(request: SessionRequest) -> HttpResponse:
    try:
        token = json_object(request.body).get("refresh_token")
    except MalformedError:
        token = None
    if not isinstance(token, str) or not token:
        return _oauth_error("invalid_request", 'Send JSON with the member "refresh_token".')
    try:
        issued = exchange_refresh_token(token, visitor_of(request))
    except RefreshRefusedError as error:
        logger.info("not refreshed: %s", error)
        return _not_refreshed(request, "The refresh token is no longer valid.")
    return JsonResponse(token_response(issued), headers=NO_STORE)


def token_response(issued: IssuedSession) -> dict[str, Any]:
    """Return a session's tokens as the token endpoint of RFC 6749 §5.1 would."""
    return {
        "access_token": issued.session_token.text,
        "token_type": "Bearer",
        "expires_in": issued.session_token.claims["exp"] - issued.session_token.claims["iat"],
        "refresh_token": issued.refresh_token,
    }


def _refresh_by_cookie(request: SessionRequest) -> HttpResponse:
    if not _is_from_this_site(request):
        return problem(403, "A cookie refreshes only from a page of this site.")
    refreshed = refreshed_by_cookie(request)
    if refreshed is None:
        return _not_refreshed(request, "There is no valid refresh token.")
    content = {"token_type": "Bearer", "expires_in": settings.SESSION_TOKEN_LIFETIME}
    response = JsonResponse(content, headers=NO_STORE)
    set_session_cookies(response, refreshed)
    return response


def _not_refreshed(request: HttpRequest, description: str) -> HttpResponse:
    """Refuse, and after too many refusals ask for a pause. A good token is never counted."""
    if REFUSED_REFRESHES.count(request):
        return _oauth_error("invalid_grant", description)
    response = problem(429, "Too many invalid refresh tokens came from this address.")
    response["Retry-After"] = str(REFUSED_REFRESHES.seconds_left())
    return response


def _oauth_error(error: str, description: str) -> HttpResponse:
    """Return an error response (RFC 6749 §5.2)."""
    members = {"error": error, "error_description": description}
    return JsonResponse(members, status=400, headers=NO_STORE)


@login_not_required
@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """Publish the public keys (RFC 7517 §5), or say that they are still the same (RFC 9110 §13)."""
    keys = keyring.loaded(STALE_AFTER)
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
    if has_header(request):
        return True
    same_origin = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return same_origin and request.headers.get("Origin") == settings.BASE_URL
