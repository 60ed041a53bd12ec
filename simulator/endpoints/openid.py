"""The endpoints that only an OpenID Provider has, and revocation."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from simulator.credentials import ExpiredError, Grant, UnknownError, Use
from simulator.endpoints.messages import MalformedRequestError, bearer_token, token_request
from simulator.faults.fault import Moment
from simulator.providers.demo import Demo
from simulator.providers.exchange import authenticate_client
from simulator.providers.google import Google
from simulator.providers.openid import OpenIDProvider
from simulator.providers.refusals import Reason, TokenRefusedError, TokenResponse
from simulator.stage import stage


@require_GET
def discovery_endpoint(_request: HttpRequest, provider: OpenIDProvider) -> HttpResponse:
    """Publish the provider's metadata (OpenID Connect Discovery §4.2)."""
    misbehaviour = stage.faults.attach(provider.slug, Moment.METADATA)
    return _cacheable(provider, misbehaviour.metadata(provider.metadata()))


@require_GET
def jwks_endpoint(_request: HttpRequest, provider: OpenIDProvider) -> HttpResponse:
    """Publish the keys that sign ID tokens (RFC 7517 §5)."""
    keys = [provider.signing_key.public_jwk(), *stage.published_keys.of(provider.slug)]
    return _cacheable(provider, {"keys": keys})


@require_http_methods(["GET", "POST"])
def userinfo_endpoint(request: HttpRequest, provider: OpenIDProvider) -> HttpResponse:
    """Return the claims that the access token allows (OpenID Connect Core §5.3)."""
    token = bearer_token(request) or request.POST.get("access_token", "")
    try:
        grant = _granted_by(provider, token)
    except (UnknownError, ExpiredError):
        return _invalid_token(is_given=bool(token))
    sub = {"sub": provider.sub(grant.person)}
    claims = grant.misbehaviour.userinfo(sub | provider.claims(grant.person, grant.scope))
    return grant.misbehaviour.api_response(request, JsonResponse(claims))


@require_POST
def demo_revocation_endpoint(request: HttpRequest, provider: Demo) -> HttpResponse:
    """End a token of an authenticated client; an unknown one is a success too (RFC 7009 §2)."""
    try:
        authenticate_client(provider, token_request(request))
    except MalformedRequestError:
        return _error(provider.token_error(Reason.MALFORMED))
    except TokenRefusedError as refusal:
        return _error(provider.token_error(refusal.reason))
    _end(provider, request.POST.get("token", ""), Use.REFRESH)
    return HttpResponse()


@require_POST
def google_revocation_endpoint(request: HttpRequest, provider: Google) -> HttpResponse:
    """End the whole grant of this token, without client authentication.

    Google's documentation ("Revoking a token") has no client authentication here.
    """
    token = request.POST.get("token") or request.GET.get("token", "")
    if _end(provider, token, Use.REFRESH, Use.ACCESS):
        return JsonResponse({})
    return _error(
        TokenResponse(
            400, {"error": "invalid_token", "error_description": "Token expired or revoked"}
        )
    )


def _end(provider: OpenIDProvider, token: str, *uses_that_end_the_grant: Use) -> bool:
    """Revoke a token, and for these uses its whole grant; tell whether it was known."""
    for use in uses_that_end_the_grant:
        try:
            stage.credentials.revoke_grant(_granted_by(provider, token, use))
        except (UnknownError, ExpiredError):
            continue
        return True
    return stage.credentials.revoke(token, provider.slug)


def _granted_by(provider: OpenIDProvider, token: str, use: Use = Use.ACCESS) -> Grant:
    grant = stage.credentials.find(use, token)
    if grant.provider != provider.slug:
        raise UnknownError
    return grant


def _invalid_token(*, is_given: bool) -> HttpResponse:
    """Challenge the client; without a token there is no error to name (RFC 6750 §3.1)."""
    members = {
        "error": "invalid_token",
        "error_description": "The access token is not good any more.",
    }
    challenge = 'Bearer realm="userinfo"' + (', error="invalid_token"' if is_given else "")
    return JsonResponse(members, status=401, headers={"WWW-Authenticate": challenge})


def _error(response: TokenResponse) -> HttpResponse:
    return JsonResponse(response.members, status=response.status)


def _cacheable(provider: OpenIDProvider, members: dict[str, Any]) -> HttpResponse:
    lifetime = f"public, max-age={provider.metadata_lifetime}"
    return JsonResponse(members, headers={"Cache-Control": lifetime})
