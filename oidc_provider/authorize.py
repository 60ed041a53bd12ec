"""The authorization endpoint (RFC 6749 §3.1): from an app's request to its code.

A request without a destination that we know ends on a page. The app is told what else is wrong.
"""

import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.models import UUIDField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from access_rules.applying import find_with_rules
from audit.models import Action, Target
from audit.recording import note
from diagnosis.refusals import words_for_visitor
from oauth_client.pages import may_start
from oauth_client.views import begin
from oidc_provider import asking, failures, pushed
from oidc_provider.allowed import may_use
from oidc_provider.claims import told_about
from oidc_provider.clients import app_of
from oidc_provider.grants import start_grant
from oidc_provider.held import agreed_in
from oidc_provider.models import App, Consent
from oidc_provider.trial.destination import is_of_trial, report_at
from protocol.authorization_server.authorization_request import (
    AuthorizationRequest,
    Destination,
    Prompt,
    authorization_request,
    client_of,
    destination_of,
)
from protocol.authorization_server.authorization_response import (
    address_with,
    code_response,
    error_response,
)
from protocol.authorization_server.errors import SAID, Refusal, RefusedRequestError
from protocol.authorization_server.parameters import Parameters
from protocol.authorization_server.redirect_uris import host_of, is_registered
from protocol.limits import REQUEST_LINE
from sessions.access import has_header
from sessions.groups import groups_of
from sessions.lifetime import ALIVE, alive_parameters
from sessions.models import Session, User
from sessions.possession import holds_session
from sessions.recent_sign_in import AGAIN, keep_secrets, secrets_of
from sessions.session_request import actor_of, with_session
from web.written_sql import find_joined, named_columns

PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "private, no-store"}
ADDRESS = REQUEST_LINE - 20  # bytes: the method and the version stand beside it
KEY = UUIDField()
# Every authorization request runs this. Composing it with Django takes 1.2 ms, running it 0.1
# (SQLite, 2026-12). It is the same as `sessions.lifetime.alive_since`.
FIND_SESSION = f"""\
SELECT {named_columns(Session, "session")}, {named_columns(User, "person")}
FROM signet_sessions_session AS session
JOIN signet_sessions_user AS person ON person.id = session.user_id
WHERE session.id = %s AND session.first_generation <= %s AND person.is_active AND {ALIVE}
"""  # noqa: S608 - our own
NO_NUL = "%EF%BF%BD"  # U+FFFD, as in every other query (`config.request_input`)
DECISION, FORM_KEY, SENT = "decision", "key", "sent"  # fields of the page that asks


@dataclass(frozen=True)
class Asked:
    """A request that may be answered: the app, and what it wants."""

    app: App
    request: AuthorizationRequest
    parameters: Parameters  # without the mark
    sent: Parameters  # as the browser sent them: they may name a pushed request, and have a mark
    mark: asking.Mark
    browser: tuple[str, ...] = field(repr=False)  # its secrets; empty if no mark is needed

    @property
    def scopes(self) -> tuple[str, ...]:
        """Return what will be granted: scopes that we do not know are ignored (RFC 6749 §3.3)."""
        return tuple(word for word in self.request.scope if word in self.app.scopes)

    @property
    def destination(self) -> Destination:
        return self.request.destination

    @property
    def is_trial(self) -> bool:
        """Tell whether an admin tries the app out: nobody else leads to what is not registered."""
        return not is_registered(self.destination.redirect_uri, self.app.redirect_uris)

    def marked_address(self, sid: str = "") -> str:
        """Return where to go on with it in this browser, after a sign-in or a choice."""
        browser = next(iter(self.browser), "")
        return asking.marked_address(self.parameters, self.app, browser, sid)


@csrf_exempt  # a POST only becomes a GET
@login_not_required
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Answer an authorization request. A POST has to carry a Lax cookie, so it becomes a GET."""
    if request.method == "POST":
        address = f"{asking.PATH}?{request.POST.urlencode()}"
        if len(address) > ADDRESS:
            return refused_page(request, RefusedRequestError(Refusal.TOO_LONG))
        return see_other(address)
    return _answer(request, dict(request.GET.lists()), decision="", key=None)


@login_not_required
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Go on after the page that asks: the same request once more, with the person's decision."""
    parameters = dict(QueryDict(request.POST.get(SENT, "").replace("%00", NO_NUL)).lists())
    key = None
    with suppress(ValueError):
        key = uuid.UUID(request.POST.get(FORM_KEY, ""))
    return _answer(request, parameters, decision=request.POST.get(DECISION, ""), key=key)


def _answer(
    request: HttpRequest, sent: Parameters, decision: str, key: uuid.UUID | None
) -> HttpResponse:
    try:
        parameters = {k: v for k, v in pushed.pushed(sent).items() if k != asking.MARK}
        app = app_of(client_of(parameters))
        destination = destination_of(parameters)
        if not _may_lead_to(request, app, destination.redirect_uri):
            facts = {"client_id": app.client_id, "redirect_uri": destination.redirect_uri}
            raise RefusedRequestError(Refusal.REDIRECT_URI_UNKNOWN, **facts)
    except RefusedRequestError as error:
        report = report_at(request, sent, error)
        return see_other(report) if report else refused_page(request, error)
    try:
        asked = authorization_request(parameters, destination, app.needs)
        browser = secrets_of(request) or (secrets.token_urlsafe(16),)
        browser = browser if asking.needs_mark(asked) else ()
        mark = asking.mark_of((sent.get(asking.MARK) or [""])[0], parameters, browser)
        response = _lead(request, Asked(app, asked, parameters, sent, mark, browser), decision, key)
    except RefusedRequestError as error:
        if is_registered(destination.redirect_uri, app.redirect_uris):
            error.facts.setdefault("client_id", app.client_id)
            failures.keep(request, error)  # a try-out reports it by itself
        return answer(
            request, destination, error_response(destination, error.said, settings.BASE_URL)
        )
    return response


def _may_lead_to(request: HttpRequest, app: App, redirect_uri: str) -> bool:
    """Tell whether the app has registered this, or an admin tries the app out in this session."""
    if is_registered(redirect_uri, app.redirect_uris):
        return True
    return is_of_trial(request, app, redirect_uri)


def _lead(request: HttpRequest, asked: Asked, decision: str, key: uuid.UUID | None) -> HttpResponse:
    """Lead the person to the next thing that is missing, or back to the app with a code."""
    if not {*asked.request.resources} <= {*asked.app.resources}:
        raise RefusedRequestError(Refusal.TARGET)
    session, silent = session_of(request), Prompt.NONE in asked.request.prompt
    if asking.must_sign_in(asked.request, session, asked.app.client_id, asked.mark) or not session:
        return _tied(asked, _to_sign_in(request, asked, silent=silent))
    if asking.must_choose(asked.request, session, asked.mark):
        return _tied(asked, _choice(request, asked, session))
    groups = groups_of(session, session.user)
    if not may_use(asked.app, session.user, groups):
        return _tied(asked, _not_allowed(request, asked, session, silent=silent))
    if decision == "deny":
        raise RefusedRequestError(Refusal.PERSON_DENIED)
    if _must_agree(asked, session) and decision != "allow":
        return _consent(request, asked, session, silent=silent)
    if decision == "allow" and not asked.is_trial:
        _agree(request, asked, session)
    code = start_grant(asked.app, asked.request, asked.scopes, session, key)
    pushed.forget(asked.sent)
    members = code_response(asked.destination, code, settings.BASE_URL)
    return answer(request, asked.destination, members)


def _tied(asked: Asked, response: HttpResponse) -> HttpResponse:
    """Tie the mark of the request to the browser, if it has one."""
    if asked.browser:
        keep_secrets(response, asked.browser, asking.LIFETIME)
    return response


def session_of(request: HttpRequest) -> Session | None:
    """Return the session of this browser with its person: one query.

    A header signs nobody in. Nor does a JWT without the refresh token, or from before the person
    has signed in again: a code outlives it.
    """
    token = with_session(request).session_token
    if token is None or has_header(request) or not holds_session(request):
        return None
    key = KEY.get_db_prep_value(token.sid, connection)
    parameters = [key, token.claims["gen"], *alive_parameters(timezone.now())]
    for row in find_joined(FIND_SESSION, parameters, session=Session, person=User):
        session: Session = row["session"]
        session.user = row["person"]
        return session
    return None


def _to_sign_in(request: HttpRequest, asked: Asked, *, silent: bool) -> HttpResponse:
    if silent:
        raise RefusedRequestError(Refusal.LOGIN_NEEDED)
    next_ = asked.marked_address()
    if with_session(request).session_token is not None:
        return see_other(_another(asked))
    hinted = find_with_rules(asked.request.provider_hint) if asked.request.provider_hint else None
    if hinted and hinted.provider.enabled and may_start(request):
        return begin(request, hinted, next_)
    return see_other(f"{settings.LOGIN_URL}?{urlencode({'next': next_})}")


def _choice(request: HttpRequest, asked: Asked, session: Session) -> HttpResponse:
    """Ask with which account to go on (`prompt=select_account`)."""
    context = {
        "app": asked.app,
        "person": session.user,
        "same": asked.marked_address(str(session.pk)),
        "another": _another(asked),
    }
    return _page(request, "app_choice.html", context)


def _another(asked: Asked) -> str:
    """Return where the person can sign in as somebody else, and then go on."""
    next_ = asked.marked_address()
    return f"{settings.LOGIN_URL}?{urlencode({AGAIN: '1', 'next': next_})}"


def _not_allowed(
    request: HttpRequest, asked: Asked, session: Session, *, silent: bool
) -> HttpResponse:
    """Say which groups would let the person in; the way back tells the app (`access_denied`).

    Nobody has to read that where no page may be shown, or a try-out reports it.
    """
    error = RefusedRequestError(
        Refusal.PERSON_NOT_ALLOWED, client_id=asked.app.client_id, sub=str(session.user_id)
    )
    if silent or asked.is_trial:
        raise error
    members = error_response(asked.destination, SAID[Refusal.PERSON_NOT_ALLOWED], settings.BASE_URL)
    context = {
        "app": asked.app,
        "person": session.user,
        "groups": asked.app.groups,
        "reference": failures.keep(request, error),
        "another": _another(asked),
        **_way_back(asked.destination, members),
    }
    return _page(request, "app_not_allowed.html", context, status=403)


def _must_agree(asked: Asked, session: Session) -> bool:
    """Tell whether the person has to agree: not to an app of the team, unless it asks for that.

    Where any program of the machine could be the one that answers, nobody knows that it is the app
    (RFC 8252 §8.6). So no code goes there before the person has seen a page once.
    """
    if Prompt.CONSENT in asked.request.prompt:
        return True
    if asked.app.is_of_team and not _could_be_any_program(asked):
        return False
    given = Consent.objects.filter(app=asked.app, user=session.user).first()
    return given is None or not given.covers(asked.scopes, asked.request.resources)


def _could_be_any_program(asked: Asked) -> bool:
    """Tell whether nothing proves that the app is at the redirect URI: no secret, and no https."""
    proven = ("https://", f"{settings.BASE_URL}/")  # ours: a try-out by an admin
    return asked.app.is_public and not asked.destination.redirect_uri.startswith(proven)


def _consent(request: HttpRequest, asked: Asked, session: Session, *, silent: bool) -> HttpResponse:
    if silent:
        raise RefusedRequestError(Refusal.CONSENT_NEEDED)
    context = {
        "app": asked.app,
        "person": session.user,
        "told": told_about(asked.scopes),
        "resources": asked.request.resources,
        "key": uuid.uuid4(),
        "sent": urlencode(asked.sent, doseq=True),
        "host": host_of(asked.destination.redirect_uri),
    }
    return _page(request, "app_consent.html", context)


def _agree(request: HttpRequest, asked: Asked, session: Session) -> None:
    """Keep what the person has agreed to, beside what they agreed to before."""
    consent, is_new = Consent.objects.get_or_create(app=asked.app, user=session.user)
    if not is_new and consent.covers(asked.scopes, asked.request.resources):
        return
    consent.scopes = sorted({*consent.scopes, *asked.scopes})
    consent.resources = sorted({*consent.resources, *asked.request.resources})
    consent.given_at = timezone.now()
    consent.save(update_fields=["scopes", "resources", "given_at"])
    actor, target = actor_of(request, session.user), Target.of(asked.app)
    note(Action.APP_CONSENT_GIVEN, actor, target, after=agreed_in(consent))


def refused_page(request: HttpRequest, error: RefusedRequestError) -> HttpResponse:
    """Say that the app's request cannot be answered. Nobody is sent on."""
    words = words_for_visitor(error.refusal)
    context = {"reference": failures.keep(request, error), "words": words}
    return _page(request, "app_refused.html", context, status=400)


def answer(request: HttpRequest, destination: Destination, members: dict[str, str]) -> HttpResponse:
    """Send the browser back to the app by a redirect, or a form (Form Post Response Mode 1.0)."""
    if destination.response_mode == "form_post":
        response = _page(request, "app_form_post.html", _way_back(destination, members))
        response["Referrer-Policy"] = "no-referrer"
        return response
    return see_other(address_with(destination.redirect_uri, members))


def _way_back(destination: Destination, members: dict[str, str]) -> dict[str, Any]:
    """Return what a page needs to lead back to the app: a form's address, or a link's."""
    if destination.response_mode == "form_post":
        host = host_of(destination.redirect_uri)
        return {"action": destination.redirect_uri, "members": members, "host": host}
    return {"back": address_with(destination.redirect_uri, members)}


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "private, no-store"
    response.csp_form_action = None  # type: ignore[attr-defined] # its form ends at the app
    return response


def see_other(url: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": url, **PRIVATE})
