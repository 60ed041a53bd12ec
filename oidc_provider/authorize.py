"""The authorization endpoint (RFC 6749 §3.1): from an app's request to its code.

A request without a destination that we know ends on a page. The app is told what else is wrong.
"""

import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from access_rules.applying import find_with_rules
from oauth_client.pages import may_start
from oauth_client.views import begin
from oidc_provider import asking, failures, pushed
from oidc_provider import authorization_pages as pages
from oidc_provider.allowed import may_use
from oidc_provider.app_request import AppRequest
from oidc_provider.browser_session import session_of
from oidc_provider.clients import app_of
from oidc_provider.consents import agree, must_agree
from oidc_provider.grants import start_grant
from oidc_provider.models import App
from oidc_provider.trial.destination import is_of_trial, report_at
from protocol.authorization_server.authorization_request import (
    AuthorizationRequest,
    Destination,
    authorization_request,
    client_of,
    destination_of,
)
from protocol.authorization_server.authorization_response import code_response, error_response
from protocol.authorization_server.errors import Refusal, RefusedRequestError
from protocol.authorization_server.parameters import Parameters
from protocol.authorization_server.redirect_uris import is_registered
from sessions.groups import groups_of
from sessions.models import Session
from sessions.recent_sign_in import keep_secrets, secrets_of
from sessions.session_request import with_session

NO_NUL = "%EF%BF%BD"  # U+FFFD, as in every other query (`config.request_input`)
DECISION, FORM_KEY, SENT = "decision", "key", "sent"  # fields of the page that asks


@dataclass(frozen=True)
class ConsentDecision:
    """What the person has said on the page that asks for consent."""

    word: str = ""  # "allow" or "deny"; "" before that page
    key: uuid.UUID | None = None  # of the form, which somebody may send twice


@csrf_exempt  # a POST only becomes a GET
@login_not_required
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Answer an authorization request. A POST has to carry a Lax cookie, so it becomes a GET."""
    if request.method == "POST":
        address = f"{asking.PATH}?{request.POST.urlencode()}"
        if len(address) > pages.ADDRESS:
            return pages.refused(request, RefusedRequestError(Refusal.TOO_LONG))
        return pages.see_other(address)
    return _answer(request, dict(request.GET.lists()), ConsentDecision())


@login_not_required
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Go on after the page that asks: the same request once more, with the person's decision."""
    parameters = dict(QueryDict(request.POST.get(SENT, "").replace("%00", NO_NUL)).lists())
    key = None
    with suppress(ValueError):
        key = uuid.UUID(request.POST.get(FORM_KEY, ""))
    return _answer(request, parameters, ConsentDecision(request.POST.get(DECISION, ""), key))


def _answer(request: HttpRequest, sent: Parameters, decision: ConsentDecision) -> HttpResponse:
    """Answer on a page until the destination is known to be the app's, and there afterwards."""
    try:
        parameters = {k: v for k, v in pushed.pushed(sent).items() if k != asking.MARK}
        app = app_of(client_of(parameters))
        destination = _known_destination(request, app, parameters)
    except RefusedRequestError as error:
        report = report_at(request, sent, error)
        return pages.see_other(report) if report else pages.refused(request, error)
    try:
        message = authorization_request(parameters, destination, app.needs)
        browser = _secrets_for(request, message)
        mark = asking.mark_of((sent.get(asking.MARK) or [""])[0], parameters, browser)
        app_request = AppRequest(app, message, parameters, sent, mark, browser)
        return _lead(request, app_request, decision)
    except RefusedRequestError as error:
        if is_registered(destination.redirect_uri, app.redirect_uris):
            error.facts.setdefault("client_id", app.client_id)
            failures.keep(request, error)  # a try-out reports it by itself
        members = error_response(destination, error.said, settings.BASE_URL)
        return pages.back_to_app(request, destination, members)


def _known_destination(request: HttpRequest, app: App, parameters: Parameters) -> Destination:
    """Return a destination that the app has registered, or an admin's try-out in this session."""
    destination = destination_of(parameters)
    redirect_uri = destination.redirect_uri
    if is_registered(redirect_uri, app.redirect_uris) or is_of_trial(request, app, redirect_uri):
        return destination
    facts = {"client_id": app.client_id, "redirect_uri": redirect_uri}
    raise RefusedRequestError(Refusal.REDIRECT_URI_UNKNOWN, **facts)


def _secrets_for(request: HttpRequest, message: AuthorizationRequest) -> tuple[str, ...]:
    """Return the secrets of the browser; a new one, if it has none, and none without a mark."""
    if not asking.needs_mark(message):
        return ()
    return secrets_of(request) or (secrets.token_urlsafe(16),)


def _lead(request: HttpRequest, app_request: AppRequest, decision: ConsentDecision) -> HttpResponse:
    """Lead the person to the next thing that is missing, or back to the app with a code."""
    app, message, mark = app_request.app, app_request.message, app_request.mark
    if not {*message.resources} <= {*app.resources}:
        raise RefusedRequestError(Refusal.TARGET)
    session = session_of(request)
    if asking.must_sign_in(message, session, app.client_id, mark) or not session:
        return _tied(app_request, _to_sign_in(request, app_request))
    if asking.must_choose(message, session, mark):
        return _tied(app_request, pages.choice(request, app_request, session))
    person = session.user
    if not may_use(app, person, groups_of(session, person)):
        return _tied(app_request, pages.not_allowed(request, app_request, person))
    if decision.word == "deny":
        raise RefusedRequestError(Refusal.PERSON_DENIED)
    if must_agree(app_request, person) and decision.word != "allow":
        return pages.consent(request, app_request, person)
    if decision.word == "allow" and not app_request.is_trial:
        agree(request, app_request, person)
    return _to_app(request, app_request, session, decision.key)


def _tied(app_request: AppRequest, response: HttpResponse) -> HttpResponse:
    """Tie the mark of the request to the browser, if it has one."""
    if app_request.browser:
        keep_secrets(response, app_request.browser, asking.LIFETIME)
    return response


def _to_sign_in(request: HttpRequest, app_request: AppRequest) -> HttpResponse:
    """Ask the person to sign in: at the provider that the app names, or where they choose one."""
    if app_request.is_silent:
        raise RefusedRequestError(Refusal.LOGIN_NEEDED)
    next_ = app_request.marked_address()
    if with_session(request).session_token is not None:
        return pages.see_other(pages.address_for_another(app_request))
    hint = app_request.message.provider_hint
    hinted = find_with_rules(hint) if hint else None
    if hinted and hinted.provider.enabled and may_start(request):
        return begin(request, hinted, next_)
    return pages.see_other(f"{settings.LOGIN_URL}?{urlencode({'next': next_})}")


def _to_app(
    request: HttpRequest, app_request: AppRequest, session: Session, key: uuid.UUID | None
) -> HttpResponse:
    """Send the browser back with a code (RFC 6749 §4.1.2). A pushed request is used up by it."""
    code = start_grant(app_request.app, app_request.message, app_request.scopes, session, key)
    pushed.forget(app_request.sent)
    members = code_response(app_request.destination, code, settings.BASE_URL)
    return pages.back_to_app(request, app_request.destination, members)
