"""The sign-in as a visitor sees it: to the provider, back again, then signed in or told why not.

The views read the request and call the steps in order; each step raises its own error, and all of
them become the one page `sign_in_failed`.
"""

import logging
import time
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from access_rules.applying import RuledProvider, find_with_rules
from access_rules.terms import terms_of
from accounts.errors import AccountError, AccountOfAnotherError, EmailInUseError
from accounts.people import sign_in
from accounts.self_service.connections import connect
from attempts import counting
from attempts.ended import Ended, Process
from attempts.recording import record
from diagnosis.decide import diagnose
from diagnosis.gathering import facts_of
from oauth_client import dry_run, failures, progress, start_limit
from oauth_client.arrival import Arrival, arrive, came_with
from oauth_client.how_it_works import browser_messages
from outgoing import deadline
from outgoing.trace import Recorder, recorder_now
from protocol import flow
from protocol.errors import ErrorCode, SignInError
from protocol.flow import Demand
from providers import catalogue, form_post
from providers.clients import sign_in_client
from providers.models import Provider
from sessions.actors import actor_of, visitor_of
from sessions.errors import (
    AccountGoneError,
    AccountSuspendedError,
    SessionEndedError,
    SigningKeyUnreadableError,
    SignInRefusedError,
)
from sessions.recent_sign_in import last_asked
from sessions.session_cookies import sign_in_browser
from sessions.session_request import SessionRequest, SignedInRequest
from sessions.starting import IssuedSession, SessionStart
from web.cookies import delete_cookie
from web.redirects import safe_next

logger = logging.getLogger(__name__)
PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "private, no-store"}
REFUSALS = {
    AccountGoneError: ErrorCode.ACCOUNT_GONE,
    AccountOfAnotherError: ErrorCode.ACCOUNT_OF_ANOTHER,
    AccountSuspendedError: ErrorCode.ACCOUNT_SUSPENDED,
    EmailInUseError: ErrorCode.EMAIL_IN_USE,
    SessionEndedError: ErrorCode.SESSION_ENDED,
    SigningKeyUnreadableError: ErrorCode.SIGNING_KEY_UNREADABLE,
}
SIGN_IN_SECONDS = 10  # for everything that is sent while one visitor waits


@login_not_required
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Step 3: redirect to the authorization endpoint. Of the request, only `next` is read."""
    refusal = start_limit.refusal(request)
    if refusal is not None:
        return refusal
    return begin(request, enabled_provider(slug), safe_next(request.POST.get("next")))


def begin(
    request: HttpRequest,
    found: RuledProvider,
    next_: str,
    process: Process = Process.SIGN_IN,
    session: str = "",
) -> HttpResponse:
    """Send the visitor to the provider; `session` is the `sid` that alone can finish it."""
    provider = found.provider
    with Recorder(begins_at=3):
        try:
            with deadline(SIGN_IN_SECONDS):
                client = sign_in_client(provider, request, found.needs)
                server, registration = client.server(), client.registration()
        except SignInError as error:
            return _failed(request, error, provider, next_, process)
    if process != Process.DRY_RUN:
        counting.count(provider.slug, counting.BEGUN)
    begun = progress.Progress.begin(provider, next_, time.time(), process, session)
    begun = begun.demanding(_demand(request, process))
    response = _see_other(flow.authorization_request_url(server, registration, begun.attempt))
    progress.keep(request, response, begun)
    return response


def _demand(request: HttpRequest, process: Process) -> Demand:
    """Return what the provider has to ask.

    Whoever is signed in and signs in again needs a recent sign-in, so the provider has to ask for
    the login. Nothing in the form decides that.
    """
    if process == Process.CONNECT:
        return Demand.ACCOUNT
    is_signed_in = cast("SessionRequest", request).session_token is not None
    return Demand.LOGIN if is_signed_in and process == Process.SIGN_IN else Demand.NOTHING


@csrf_exempt  # a POST changes nothing here, see `_forward`
@login_not_required
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest, slug: str) -> HttpResponse:
    """Steps 4 to 8: from the authorization code to the session JWT."""
    if _is_prefetch(request):
        return HttpResponse(status=403, headers=PRIVATE)
    found = _provider(request, slug)
    with Recorder(begins_at=4):
        if request.method == "POST":
            return _forward(request, found.provider)
        return _come_back(request, found)


def _come_back(request: HttpRequest, found: RuledProvider) -> HttpResponse:
    provider = found.provider
    try:
        answer = flow.authorization_response(came_with(request))
        begun = progress.take(cast("SessionRequest", request), answer.state, provider, time.time())
    except SignInError as error:
        if _is_once_more(request, error):
            return _go_on(request, error, provider)
        return _failed(request, error, provider, safe_next(None))
    if begun.process != Process.DRY_RUN:
        counting.count(provider.slug, counting.RETURNED)
    browser_messages.note_return(request, begun, answer)
    try:
        with deadline(SIGN_IN_SECONDS):
            response = _complete(request, found, begun, answer)
    except SignInError as error:
        response = _failed(request, error, provider, begun.next, begun.process)
    progress.drop(response, begun.attempt.state)
    if provider.catalogued.form_post:
        delete_cookie(response, form_post.COOKIE)
    return response


def _is_once_more(request: HttpRequest, error: SignInError) -> bool:
    """Tell whether somebody who is signed in opens the address again that signed them in.

    A back button does that, and a tab that is restored. A sign-in that this browser has begun, and
    may not finish, is another case.
    """
    if error.code is ErrorCode.STATE_UNKNOWN:
        is_over = not progress.next_of(request)
    else:
        is_over = error.code is ErrorCode.STATE_USED
    ours = cast("SessionRequest", request)
    return is_over and ours.session_token is not None and ours.user.is_authenticated


def _go_on(request: HttpRequest, error: SignInError, provider: Provider) -> HttpResponse:
    """Redirect somebody who is signed in to where the sign-in led, and only count it."""
    counting.count(provider.slug, ErrorCode.STATE_USED)
    logger.info("redirect URI opened once more: provider=%s code=%s", provider.slug, error.code)
    return _see_other(progress.where_it_went(request.GET["state"]))


def _forward(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Redirect a response that came by POST to the same address, so that the browser sends cookies.

    Only for kinds that answer by POST. The state is checked and used up after the redirect.
    """
    if not provider.catalogued.form_post:
        return HttpResponseNotAllowed(["GET"])
    try:
        told = form_post.form_post(request)
    except SignInError as error:
        return _failed(request, error, provider, safe_next(None))
    response = _see_other(f"{request.path}?{told.query}")
    form_post.keep_name(response, told)
    return response


def _complete(
    request: HttpRequest,
    found: RuledProvider,
    begun: progress.Progress,
    answer: flow.AuthorizationResponse,
) -> HttpResponse:
    """Go from the visitor's answer to a session, or to what it would have been in a dry run.

    Every step raises its own `SignInError`. A success is recorded when the cookies are set.
    """
    provider, arrival = found.provider, arrive(request, found, begun, answer)
    if begun.process == Process.DRY_RUN:
        response, user_id = _see_other(dry_run.arrived(request, provider, arrival)), None
    else:
        issued = _finish(request, provider, begun, arrival)
        arrival.judgement.keep(arrival.identity, arrival.account, arrival.token)
        response, user_id = _see_other(begun.next), issued.session.user_id
        sign_in_browser(cast("SessionRequest", request), response, issued)
        browser_messages.finish(request, provider, begun, issued.session.pk)
    ended = Ended(begun.process, failures.new_reference(), user_id=user_id)
    record(request, provider, recorder_now(), ended)
    return response


def _finish(
    request: HttpRequest, provider: Provider, begun: progress.Progress, arrival: Arrival
) -> IssuedSession:
    """Step 8, with the refusals of `accounts` as errors of the flow."""
    identity, token = arrival.identity, cast("SignedInRequest", request).session_token
    terms = terms_of(provider, arrival.judgement.rules)
    auth_time = _auth_time(request, provider, begun, arrival)
    start = SessionStart(visitor_of(request), arrival.judgement.decision.groups, auth_time, token)
    try:
        if begun.process == Process.CONNECT:
            return connect(token, identity, start, terms=terms)
        return sign_in(identity, arrival.account, start, terms=terms)
    except SignInRefusedError as error:
        raise _refused(request, error) from None


def _auth_time(
    request: HttpRequest, provider: Provider, begun: progress.Progress, arrival: Arrival
) -> float | None:
    """Return when somebody was asked who they are, None for now.

    A provider's `auth_time` counts. Without one, a provider that was not made to ask may have asked
    nobody. Then the time that this browser remembers counts: else somebody who finds it open could
    sign out, and in again. A browser that is new here has nothing to remember.
    """
    was_asked = begun.attempt.demand is Demand.LOGIN
    if arrival.auth_time is not None or was_asked:
        return arrival.auth_time
    can_ask = bool(catalogue.kind(provider.kind).login_again)
    return last_asked(request) if can_ask else None


def _refused(request: HttpRequest, error: SignInRefusedError) -> AccountError:
    """Return the error of the flow, with the person if they are known."""
    code = REFUSALS[type(error)]
    if isinstance(error, EmailInUseError):
        actor = visitor_of(request)
        return AccountError(code, email=error.email, used=error.providers, actor=actor)
    user = error.user if isinstance(error, AccountSuspendedError) else None
    return AccountError(code, actor=actor_of(request, user))


def _provider(request: HttpRequest, slug: str) -> RuledProvider:
    """Return the provider, if visitors may use it or an admin tries it; else answer 404."""
    found = find_with_rules(slug)
    if found and (found.provider.enabled or progress.is_tried(request, found.provider)):
        return found
    raise Http404("there is no such provider")


def enabled_provider(slug: str) -> RuledProvider:
    """Return the provider, if visitors may use it; else answer 404."""
    found = find_with_rules(slug)
    if found and found.provider.enabled:
        return found
    raise Http404("there is no such provider")


def _is_prefetch(request: HttpRequest) -> bool:
    """Tell whether a browser only prefetches (fetch.spec.whatwg.org, `Sec-Purpose`)."""
    purposes = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose"))
    return any("prefetch" in purpose.lower() for purpose in purposes)


def _failed(
    request: HttpRequest,
    error: SignInError,
    provider: Provider,
    next_: str,
    process: Process | None = None,
) -> HttpResponse:
    """Redirect away from the address with the code in it, to the page that says what happened.

    `process` is None if this browser has begun nothing: such a failure is only counted.
    """
    recorder = recorder_now()
    recorder.fail(error)
    diagnosis = diagnose(facts_of(error, provider, request, recorder)).code
    failure = failures.Failure.of(error, diagnosis, provider.slug, process)
    failures.log(error, failure)
    if process is None:
        counting.count(provider.slug, diagnosis)
    else:
        ended = Ended(process, failure.reference, error, diagnosis)
        is_kept = record(request, provider, recorder, ended)
        if is_kept and process != Process.DRY_RUN:
            failures.audit_known(error, failure)
    if process == Process.DRY_RUN:
        return _see_other(dry_run.failed(request, provider, error, diagnosis))
    response = _see_other(failures.address_of(failure, next_))
    failures.keep(response, failure)
    return response


def _see_other(url: str) -> HttpResponse:
    """Redirect with 303 (RFC 9700 §4.12), without a `Referer`."""
    return HttpResponse(status=303, headers={"Location": url, **PRIVATE})
