"""Collect the facts of a failure from the error, the row, the request and the response."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from diagnosis.decide import Facts
from encryption import SealBrokenError
from outgoing.trace import Recorder
from protocol.errors import ErrorCode, SignInError
from providers.models import Provider

OTHER_HOST = "came-by"  # a parameter that config.middleware adds to a redirect URI at another host
ABOUT_THE_SECRET = (ErrorCode.INVALID_CLIENT, ErrorCode.TOKEN_REFUSED)


def facts_of(
    error: SignInError, provider: Provider, request: HttpRequest, recorder: Recorder
) -> Facts:
    """Return the facts of one failed sign-in."""
    response = recorder.last_answer
    expires_on = provider.secret_expires_on
    return Facts(
        code=error.code,
        step=error.step,
        kind=provider.kind,
        provider_error=error.provider_error,
        hint=response.hint,
        status=response.status,
        secret_has_space=error.code in ABOUT_THE_SECRET and _secret_has_space(provider),
        secret_is_expired=expires_on is not None and expires_on < timezone.localdate(),
        asks_for_email=any("email" in scope for scope in provider.scopes),
        has_cookies=bool(request.COOKIES),
        came_by_other_host=OTHER_HOST in request.GET,
        came_by_plain_http=came_by_plain_http(request),
    )


def came_by_plain_http(request: HttpRequest) -> bool:
    """Tell whether a proxy says that the visitor came to an https site by http."""
    scheme = request.headers.get("X-Forwarded-Proto", "")
    return settings.IS_HTTPS and scheme.strip().lower() == "http"


def _secret_has_space(provider: Provider) -> bool:
    try:
        return any(character.isspace() for character in provider.client_secret)
    except SealBrokenError:
        return False
