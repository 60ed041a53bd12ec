"""GitHub's API for an application's own tokens: end one, or everything a person allowed."""

import json
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from simulator.credentials import ExpiredError, Grant, UnknownError, Use
from simulator.endpoints.github_api import (
    ApiError,
    NoCredentialsError,
    NotFoundError,
    error_response,
)
from simulator.endpoints.messages import MalformedRequestError, basic_credentials
from simulator.providers.registry import GITHUB
from simulator.stage import stage


class ValidationError(ApiError):
    status = 422
    message = "Validation Failed"


@require_http_methods(["DELETE"])
def application_token(request: HttpRequest, client_id: str) -> HttpResponse:
    """End one token (`DELETE /applications/{client_id}/token`)."""
    return _ended(
        request, client_id, lambda _grant, token: stage.credentials.revoke(token, GITHUB.slug)
    )


@require_http_methods(["DELETE"])
def application_grant(request: HttpRequest, client_id: str) -> HttpResponse:
    """End all tokens of the person this one belongs to (`DELETE .../grant`)."""

    def end(grant: Grant, _token: str) -> None:
        stage.credentials.revoke_grants_of(grant.person, grant.client_id)

    return _ended(request, client_id, end)


def _ended(
    request: HttpRequest, client_id: str, end: Callable[[Grant, str], object]
) -> HttpResponse:
    try:
        _authenticate(request, client_id)
        token = _token(request)
        end(_granted_by(token), token)
    except ApiError as error:
        return error_response(error)
    return HttpResponse(status=204)


def _authenticate(request: HttpRequest, client_id: str) -> None:
    """Require the application's HTTP Basic credentials. Other applications' paths give 404."""
    try:
        user, password = basic_credentials(request) or ("", "")
    except MalformedRequestError:
        raise NoCredentialsError from None
    is_secret = secrets.compare_digest(password.encode(), GITHUB.client_secret.encode())
    if user != GITHUB.client_id or not is_secret:
        raise NoCredentialsError
    if client_id != GITHUB.client_id:
        raise NotFoundError


def _token(request: HttpRequest) -> str:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise ValidationError from None
    token = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not token:
        raise ValidationError
    return token


def _granted_by(token: str) -> Grant:
    try:
        grant = stage.credentials.find(Use.ACCESS, token)
    except (UnknownError, ExpiredError):
        raise NotFoundError from None
    if grant.provider != GITHUB.slug:
        raise NotFoundError
    return grant
