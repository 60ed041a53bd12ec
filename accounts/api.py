"""What other programs of the team call: the session behind a JWT, and the keys to verify it."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts import signing_keys
from accounts.problems import NO_STORE, problem, unauthorized
from accounts.session_request import SessionRequest
from accounts.sessions import end_session

JWKS_MAX_AGE = 300  # seconds that a verifier may keep our keys


@csrf_exempt  # a cookie alone is not enough here either: see _is_from_this_site
@login_not_required
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


@login_not_required
@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """Publish the public keys (RFC 7517 §5)."""
    headers = {
        "Cache-Control": f"public, max-age={JWKS_MAX_AGE}",
        "Access-Control-Allow-Origin": "*",
    }
    content_type = "application/jwk-set+json"
    return JsonResponse(signing_keys.loaded().jwks(), headers=headers, content_type=content_type)


def _is_from_this_site(request: HttpRequest) -> bool:
    """Tell whether this comes from a page of this site, or from a program.

    A browser adds cookies by itself, and says for whose page; an `Authorization` header it does
    not add for another site's page.
    """
    if "Authorization" in request.headers:
        return True
    same_origin = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return same_origin and request.headers.get("Origin") == settings.BASE_URL
