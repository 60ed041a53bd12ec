"""What other programs of the team call: the session behind a JWT, and the keys to verify it."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts import signing_keys
from accounts.session_request import SessionRequest
from accounts.sessions import end_session
from accounts.signing_keys.life import JWKS_MAX_AGE

NO_STORE = {"Cache-Control": "no-store"}


@csrf_exempt  # a cookie alone is not enough here either: see _is_from_this_site
@login_not_required
@require_http_methods(["GET", "HEAD", "DELETE"])
def session(request: SessionRequest) -> HttpResponse:
    """GET: the claims of the presented session JWT, without a query. DELETE: sign out."""
    if request.session_token is None:
        return _unauthorized(request)
    if request.method != "DELETE":
        return JsonResponse(request.session_token.claims, headers=NO_STORE)
    if not _is_from_this_site(request):
        return _problem(403, "A cookie signs out only from a page of this site.")
    end_session(request)
    return HttpResponse(status=204, headers=NO_STORE)


@login_not_required
@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """Publish the public keys (RFC 7517 §5), or say that they are still the same (RFC 9110 §13)."""
    keys = signing_keys.published()
    headers = {"Cache-Control": f"public, max-age={JWKS_MAX_AGE}", "ETag": keys.etag}
    answer = HttpResponse(keys.body, "application/jwk-set+json", headers=headers)
    response: HttpResponse = get_conditional_response(request, keys.etag, response=answer) or answer
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _is_from_this_site(request: HttpRequest) -> bool:
    """Tell whether this comes from a page of this site, or from a program.

    A browser adds cookies by itself, and says for whose page; an `Authorization` header it does
    not add for another site's page.
    """
    if "Authorization" in request.headers:
        return True
    same_origin = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return same_origin and request.headers.get("Origin") == settings.BASE_URL


def _unauthorized(request: SessionRequest) -> JsonResponse:
    """Answer 401 (RFC 6750 §3.1): an error code only if a credential was presented; no reason."""
    response = _problem(401, "A valid session JWT is needed.")
    response["WWW-Authenticate"] = (
        'Bearer error="invalid_token"' if request.presented_token else "Bearer"
    )
    return response


def _problem(status: int, detail: str) -> JsonResponse:
    """Answer with a problem (RFC 9457)."""
    content = {"status": status, "detail": detail}
    content_type = "application/problem+json"
    return JsonResponse(content, status=status, content_type=content_type, headers=NO_STORE)
