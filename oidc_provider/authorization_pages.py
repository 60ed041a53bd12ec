"""The pages between an app's request and its answer, and the way back to the app."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from diagnosis.refusals import words_for_visitor
from oidc_provider import failures
from oidc_provider.app_request import AppRequest
from oidc_provider.claims import told_about
from protocol.authorization_server.authorization_request import Destination
from protocol.authorization_server.authorization_response import address_with, error_response
from protocol.authorization_server.errors import SAID, Refusal, RefusedRequestError
from protocol.authorization_server.redirect_uris import host_of
from protocol.limits import REQUEST_LINE
from sessions.models import Session, User
from sessions.recent_sign_in import AGAIN

PRIVATE, NO_REFERRER = "private, no-store", "no-referrer"  # an address may have a code in it
ADDRESS = REQUEST_LINE - 20  # bytes: the method and the version stand beside it


def choice(request: HttpRequest, app_request: AppRequest, session: Session) -> HttpResponse:
    """Ask with which account to go on (`prompt=select_account`)."""
    context = {
        "app": app_request.app,
        "person": session.user,
        "same": app_request.marked_address(str(session.pk)),
        "another": address_for_another(app_request),
    }
    return page(request, "app_choice.html", context)


def not_allowed(request: HttpRequest, app_request: AppRequest, person: User) -> HttpResponse:
    """Say which groups would let the person in; the way back tells the app (`access_denied`).

    Nobody has to read that where no page may be shown, or a try-out reports it.
    """
    error = RefusedRequestError(
        Refusal.PERSON_NOT_ALLOWED, client_id=app_request.app.client_id, sub=str(person.pk)
    )
    if app_request.is_silent or app_request.is_trial:
        raise error
    destination = app_request.destination
    members = error_response(destination, SAID[Refusal.PERSON_NOT_ALLOWED], settings.BASE_URL)
    context = {
        "app": app_request.app,
        "person": person,
        "groups": app_request.app.groups,
        "reference": failures.keep(request, error),
        "another": address_for_another(app_request),
        **_way_back(destination, members),
    }
    return page(request, "app_not_allowed.html", context, status=403)


def consent(request: HttpRequest, app_request: AppRequest, person: User) -> HttpResponse:
    """Ask whether the app may be told what it wants to know (OpenID Connect Core §3.1.2.4)."""
    if app_request.is_silent:
        raise RefusedRequestError(Refusal.CONSENT_NEEDED)
    context = {
        "app": app_request.app,
        "person": person,
        "told": told_about(app_request.scopes),
        "resources": app_request.message.resources,
        "key": uuid.uuid4(),
        "sent": urlencode(app_request.sent, doseq=True),
        "host": host_of(app_request.destination.redirect_uri),
    }
    return page(request, "app_consent.html", context)


def refused(request: HttpRequest, error: RefusedRequestError) -> HttpResponse:
    """Say that the app's request cannot be answered. Nobody is sent on."""
    words = words_for_visitor(error.refusal)
    context = {"reference": failures.keep(request, error), "words": words}
    return page(request, "app_refused.html", context, status=400)


def address_for_another(app_request: AppRequest) -> str:
    """Return where the person can sign in as somebody else, and then go on."""
    next_ = app_request.marked_address()
    return f"{settings.LOGIN_URL}?{urlencode({AGAIN: '1', 'next': next_})}"


def back_to_app(
    request: HttpRequest, destination: Destination, members: dict[str, str]
) -> HttpResponse:
    """Send the browser back to the app by a redirect, or a form (Form Post Response Mode 1.0)."""
    if destination.response_mode == "form_post":
        response = page(request, "app_form_post.html", _way_back(destination, members))
        response["Referrer-Policy"] = NO_REFERRER
        return response
    return see_other(address_with(destination.redirect_uri, members))


def _way_back(destination: Destination, members: dict[str, str]) -> dict[str, Any]:
    """Return what a page needs to lead back to the app: a form's address, or a link's."""
    if destination.response_mode == "form_post":
        host = host_of(destination.redirect_uri)
        return {"action": destination.redirect_uri, "members": members, "host": host}
    return {"back": address_with(destination.redirect_uri, members)}


def page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Return a page that no cache keeps, and whose form may lead to an app."""
    response = render(request, template, context, status=status)
    response["Cache-Control"] = PRIVATE
    response.csp_form_action = None  # type: ignore[attr-defined] # its form ends at the app
    return response


def see_other(url: str) -> HttpResponse:
    """Send the browser on by GET, whatever it came by (RFC 9700 §4.12)."""
    headers = {"Location": url, "Referrer-Policy": NO_REFERRER, "Cache-Control": PRIVATE}
    return HttpResponse(status=303, headers=headers)
