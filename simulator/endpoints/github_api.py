"""The part of GitHub's REST API that says who somebody is (docs.github.com/rest, read 2026-11)."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from simulator.credentials import ExpiredError, Grant, UnknownError, Use
from simulator.endpoints import github_shapes as shapes
from simulator.endpoints.github_pages import page_of
from simulator.endpoints.messages import bearer_token
from simulator.people import Person
from simulator.providers.registry import GITHUB
from simulator.stage import stage

IMPLIED = {"user": ("user:email", "read:user")}  # what a wider scope includes


class ApiError(Exception):
    """An answer that is an error."""

    status = 500
    message = ""


class NotFoundError(ApiError):
    status = 404
    message = "Not Found"


class BadCredentialsError(ApiError):
    status = 401
    message = "Bad credentials"


class NoCredentialsError(ApiError):
    status = 401
    message = "Requires authentication"


class NeedsReadOrgError(ApiError):
    status = 403
    message = "You need at least read:org scope or user scope to list your organizations."


def error_response(error: ApiError) -> HttpResponse:
    """Return GitHub's error object."""
    members = {
        "message": error.message,
        "documentation_url": "https://docs.github.com/rest",
        "status": str(error.status),
    }
    return JsonResponse(members, status=error.status)


def api_endpoint(
    needs: str = "", otherwise: type[ApiError] = NotFoundError
) -> Callable[[Callable[..., Any]], Callable[..., HttpResponse]]:
    """Require an access token with this scope. The view returns the JSON."""

    def decorator(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
        @require_GET
        @wraps(view)
        def endpoint(request: HttpRequest, **arguments: str) -> HttpResponse:
            try:
                grant = _granted_by(request)
            except ApiError as error:
                return error_response(error)
            answer = partial(view, grant.person, **arguments)
            response = _answer(request, answer, grant, needs, otherwise)
            response.headers["X-OAuth-Scopes"] = ", ".join(grant.scope)
            response.headers["X-Accepted-OAuth-Scopes"] = needs
            return grant.misbehaviour.api_response(request, response)

        return endpoint

    return decorator


@api_endpoint()
def user(person: Person) -> Any:
    """Return the owner of the token (`GET /user`)."""
    return shapes.private_user(person)


@api_endpoint("user:email")
def user_emails(person: Person) -> Any:
    """Return all email addresses (`GET /user/emails`). Without the scope, respond with 404."""
    return shapes.emails(person)


@api_endpoint("read:org", NeedsReadOrgError)
def user_orgs(person: Person) -> Any:
    return [shapes.organisation(login) for login in person.github.organisations]


@api_endpoint("read:org", NeedsReadOrgError)
def user_teams(person: Person) -> Any:
    return [shapes.team(team) for team in person.github.teams]


@api_endpoint("read:org", NeedsReadOrgError)
def user_membership(person: Person, organisation: str) -> Any:
    """Answer `GET /user/memberships/orgs/{org}`."""
    if organisation not in person.github.organisations:
        raise NotFoundError
    return shapes.membership(person, organisation)


def _answer(
    request: HttpRequest,
    view: Callable[[], Any],
    grant: Grant,
    needs: str,
    otherwise: type[ApiError],
) -> HttpResponse:
    try:
        if needs and needs not in _with_implied(grant.scope):
            raise otherwise
        content = view()
        return page_of(request, content) if isinstance(content, list) else JsonResponse(content)
    except ApiError as error:
        return error_response(error)


def _granted_by(request: HttpRequest) -> Grant:
    """Return what the token allows; the schemes `Bearer` and `token` both count."""
    token = bearer_token(request, "bearer", "token")
    if not token:
        raise NoCredentialsError
    try:
        grant = stage.credentials.find(Use.ACCESS, token)
    except (UnknownError, ExpiredError):
        raise BadCredentialsError from None
    if grant.provider != GITHUB.slug:
        raise BadCredentialsError
    return grant


def _with_implied(scope: tuple[str, ...]) -> set[str]:
    return {*scope, *(implied for name in scope for implied in IMPLIED.get(name, ()))}
