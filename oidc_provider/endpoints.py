"""What apps call by themselves: tokens, userinfo, revocation, introspection, pushed requests."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from oidc_provider import cross_origin, failures, grants, held_grant, pushed
from oidc_provider.claims import claims_about
from oidc_provider.clients import FORM, authenticated_app
from oidc_provider.grant_tokens import read_refresh_token
from oidc_provider.held_grant import Held
from oidc_provider.models import App, Grant
from oidc_provider.tokens import (
    AppToken,
    Wanted,
    ensure_keys,
    read_access_token,
    token_response,
    userinfo_address,
    whose,
)
from protocol.authorization_server.authorization_request import (
    authorization_request,
    destination_of,
)
from protocol.authorization_server.bearer import bearer_token
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.metadata import metadata
from protocol.authorization_server.parameters import once
from protocol.authorization_server.redirect_uris import is_registered
from protocol.authorization_server.token_request import CodeExchange, token_request
from sessions.access import NO_STORE, problem
from sessions.errors import SigningKeyUnreadableError
from web.addresses import AddressLimit

ID_TOKEN_ALGORITHMS = ("RS256",)
# Of apps that prove nothing: anyone can fill a cache in their name
PUSHES = AddressLimit("pushed", limit=100, window=300)
PUSHED_FOR = 90  # seconds, as an app is told; it is kept for longer while a person signs in
View = Callable[..., HttpResponse]


def of_programs(view: View) -> View:
    """Answer as the token endpoint and its like do: JSON, never cached, each refusal as one."""

    @csrf_exempt  # no cookie counts here
    @login_not_required
    @cross_origin.allowed
    @wraps(view)
    def answering(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except RefusedRequestError as error:
            return failures.tell_app(request, error)
        except SigningKeyUnreadableError:
            return failures.tell_app(request, RefusedRequestError(Refusal.KEY_UNREADABLE))

    return answering


@of_programs
def token(request: HttpRequest) -> HttpResponse:
    """Exchange a code or a refresh token (RFC 6749 §4.1.3, §6)."""
    app = authenticated_app(request)
    ensure_keys()
    message = token_request(dict(request.POST.lists()))
    if isinstance(message, CodeExchange):
        held = grants.exchange_code(app, message)
    else:
        held = grants.refresh(app, message)
    answer = token_response(held, Wanted.of(held, message))
    return JsonResponse(answer, headers=failures.NEVER_CACHED)


@csrf_exempt  # a token in the header or the body counts, and no cookie
@login_not_required
@cross_origin.allowed
def userinfo(request: HttpRequest) -> HttpResponse:
    """Say who it is (OpenID Connect Core §5.3): one query."""
    if request.method not in ("GET", "POST"):
        return HttpResponse(status=405, headers={"Allow": "GET, POST"})
    body = dict(request.POST.lists()) if request.content_type == FORM else {}
    header = request.META.get("HTTP_AUTHORIZATION", "")
    try:
        presented = bearer_token(header, body)
        if not presented:
            return problem(401, "An access token is needed.", "Bearer")
        token = read_access_token(presented)
        held = _living_grant(token, userinfo_address())
    except RefusedRequestError as error:
        failures.keep(request, error)
        status = 401 if error.said.error == "invalid_token" else 400  # RFC 6750 §3.1
        return problem(status, error.said.description, f'Bearer error="{error.said.error}"')
    about = claims_about(held.person, held.session, token.within(held).scopes)
    return JsonResponse({"sub": str(held.person.pk), **about}, headers=NO_STORE)


@of_programs
def revoke(request: HttpRequest) -> HttpResponse:
    """End the grant that a token belongs to (RFC 7009 §2.1): only for the app that has it."""
    app = authenticated_app(request)
    if grant := _grant_of(_presented(request)):
        if grant.app_id != app.pk:
            facts = {"client_id": app.client_id, "sub": str(grant.session.user_id)}
            raise RefusedRequestError(Refusal.REFRESH_TOKEN_UNKNOWN, **facts)
        grants.end_grants(Grant.objects.filter(pk=grant.pk))
    return HttpResponse(status=200, headers=NO_STORE)


@of_programs
def introspect(request: HttpRequest) -> HttpResponse:
    """Say whether a token is good (RFC 7662 §2): to its app, and to one that it is meant for."""
    app = authenticated_app(request)
    if app.is_public:
        raise RefusedRequestError(Refusal.SECRET_MISSING, client_id=app.client_id)
    return JsonResponse(_introspected(app, _presented(request)), headers=NO_STORE)


@of_programs
def push(request: HttpRequest) -> HttpResponse:
    """Keep an authorization request for the app that sends it (RFC 9126 §2)."""
    app = authenticated_app(request)
    if app.is_public and not PUSHES.count(request):
        return _too_many()
    parameters = {**dict(request.POST.lists()), "client_id": [app.client_id]}
    destination = destination_of(parameters)
    if not is_registered(destination.redirect_uri, app.redirect_uris):
        facts = {"client_id": app.client_id, "redirect_uri": destination.redirect_uri}
        raise RefusedRequestError(Refusal.REDIRECT_URI_UNKNOWN, **facts)
    message = authorization_request(parameters, destination, app.needs)
    if not {*message.resources} <= {*app.resources}:
        raise RefusedRequestError(Refusal.TARGET, client_id=app.client_id)
    request_uri = pushed.push(app, parameters, is_proven=not app.is_public)
    answer = {"request_uri": request_uri, "expires_in": PUSHED_FOR}
    return JsonResponse(answer, status=201, headers=NO_STORE)


def _too_many() -> HttpResponse:
    response = JsonResponse({"error": "temporarily_unavailable"}, status=429, headers=NO_STORE)
    response["Retry-After"] = str(PUSHES.seconds_left())
    return response


@login_not_required
@require_safe
def discovery(_request: HttpRequest) -> HttpResponse:
    """Say where everything is, and what works (OpenID Connect Discovery 1.0 §4, RFC 8414 §3)."""
    languages = tuple(tag for tag, _name in settings.LANGUAGES)
    document = metadata(settings.BASE_URL, ID_TOKEN_ALGORITHMS, languages)
    headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    return JsonResponse(document, headers=headers)


def _living_grant(token: AppToken, audience: str = "") -> Held:
    """Return the living grant of an access token. Raises `RefusedRequestError`."""
    held = held_grant.find(token.grant) if not audience or token.is_for(audience) else None
    if held is None or not held_grant.is_alive(held) or not held.grant.generation:
        raise RefusedRequestError(Refusal.TOKEN_INVALID, **whose(token.claims))
    return held


def _presented(request: HttpRequest) -> str:
    token = once(dict(request.POST.lists()), ("token",)).get("token")
    if not token:
        raise RefusedRequestError(Refusal.TOKEN_MISSING)
    return token


def _grant_of(token: str) -> Grant | None:
    """Return the grant of a token of either type, None for what is no token of ours."""
    for key_of in (_key_of_refresh_token, _key_of_access_token):
        with suppress(RefusedRequestError):
            return Grant.objects.filter(pk=key_of(token)).first()
    return None


def _key_of_refresh_token(token: str) -> UUID:
    return read_refresh_token(token)[0]


def _key_of_access_token(token: str) -> UUID:
    return read_access_token(token).grant


def _introspected(app: App, token: str) -> dict[str, Any]:
    """Return what RFC 7662 §2.2 lists; of a token that is none, not good or another's, no more.

    Scopes and resources that its app has lost since are left out.
    """
    with suppress(RefusedRequestError):
        return _of_refresh_token(app, token)
    try:
        presented = read_access_token(token)
        held = _living_grant(presented)
    except RefusedRequestError:
        return {"active": False}
    remaining = presented.within(held)
    if held.app.pk != app.pk and not _is_meant_for(remaining, app):
        return {"active": False}
    return {"active": True, "token_type": "Bearer", **remaining.claims}


def _of_refresh_token(app: App, token: str) -> dict[str, Any]:
    key, generation = read_refresh_token(token)
    held = held_grant.find(key)
    if held is None or held.app.pk != app.pk or not held_grant.is_alive(held):
        return {"active": False}
    if held.grant.generation != generation or not held.has_refresh_tokens:
        return {"active": False}
    return {
        "active": True,
        "client_id": app.client_id,
        "sub": str(held.person.pk),
        "scope": " ".join(held.scopes),
        "iss": settings.BASE_URL,
        "exp": int(held.session.expires_at.timestamp()),
    }


def _is_meant_for(token: AppToken, app: App) -> bool:
    """Tell whether `aud` names this app, by the address that it has: no resource is a client ID."""
    address = app.launch_url.rstrip("/")
    return address != "" and (token.is_for(address) or token.is_for(f"{address}/"))
