"""How a program is refused: with a problem (RFC 9457) and a challenge (RFC 6750 §3)."""

from django.http import HttpRequest, JsonResponse

from sessions.credentials import is_presented

NO_STORE = {"Cache-Control": "no-store"}


def problem(status: int, detail: str, challenge: str = "") -> JsonResponse:
    """Return a problem. The `challenge` goes into `WWW-Authenticate`."""
    headers = NO_STORE | ({"WWW-Authenticate": challenge} if challenge else {})
    content = {"status": status, "detail": detail}
    content_type = "application/problem+json"
    return JsonResponse(content, status=status, content_type=content_type, headers=headers)


def unauthorized(request: HttpRequest) -> JsonResponse:
    """Return 401 (RFC 6750 §3.1). It has an error code if a credential came, but never a reason."""
    challenge = 'Bearer error="invalid_token"' if is_presented(request) else "Bearer"
    return problem(401, "A valid session JWT is needed.", challenge)


def insufficient_scope(detail: str, scope: str = "") -> JsonResponse:
    """Return 403 (RFC 6750 §3.1): the token is valid, but not for this."""
    needed = f', scope="{scope}"' if scope else ""
    return problem(403, detail, f'Bearer error="insufficient_scope"{needed}')
