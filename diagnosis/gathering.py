"""Collect what a diagnosis is made of: error, row, request, and what the provider said."""

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
    heard = recorder.last_answer
    secret = _secret(provider) if error.code in ABOUT_THE_SECRET else ""
    return Facts(
        code=error.code,
        step=error.step,
        kind=provider.kind,
        provider_error=error.provider_error,
        hint=heard.hint,
        status=heard.status,
        retry_after=heard.retry_after,
        missing=error.missing,
        secret_has_space=any(character.isspace() for character in secret),
        secret_is_expired=_is_past(provider),
        asks_for_email=any("email" in scope for scope in provider.scopes),
        has_cookies=bool(request.COOKIES),
        came_by_other_host=OTHER_HOST in request.GET,
        came_by_plain_http=came_by_plain_http(request),
    )


def came_by_plain_http(request: HttpRequest) -> bool:
    """Tell whether a proxy says that the visitor came by http to a site that is at https."""
    told = request.headers.get("X-Forwarded-Proto", "")
    return settings.IS_HTTPS and told.strip().lower() == "http"


def _secret(provider: Provider) -> str:
    try:
        return provider.client_secret
    except SealBrokenError:
        return ""


def _is_past(provider: Provider) -> bool:
    day = provider.secret_expires_on
    return day is not None and day < timezone.localdate()
