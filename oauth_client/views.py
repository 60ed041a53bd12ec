"""The views of a sign-in: to the provider, back, then a session or the reason for the failure.

The views read the request and call the steps in order. Each step raises its own error. Every error
leads to one page, `sign_in_failed`.
"""

import logging
import time
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from access_rules.applying import RuledProvider, find_with_rules
from attempts import counting
from attempts.models import NO_SIGN_INS, Ended, Process
from attempts.recording import record
from attempts.references import new_reference
from diagnosis.decide import diagnose, facts_of
from oauth_client import (
    dry_run,
    failures,
    how_it_works,
    merge_proof,
    proven,
    waiting_forms,
)
from oauth_client.another_account import ANOTHER
from oauth_client.another_person import who_signs_in_again
from oauth_client.arrival import arrive, finish
from oauth_client.pages import too_many_starts
from oauth_client.progress import (
    Progress,
    is_tried,
    keep_progress,
    next_of,
    progress_of,
    take_progress,
    where_it_went,
)
from oauth_client.slow import says_when_slow
from outgoing import deadline
from outgoing.trace import recorder_now, recording
from protocol import flow
from protocol.errors import ErrorCode, SignInError
from providers import form_post
from providers.clients import sign_in_client
from providers.models import Provider
from sessions.recent_sign_in import let_late_form_go_on
from sessions.session_cookies import sign_in_browser
from sessions.session_request import SessionRequest
from web.cookies import PROVEN, SENT_NAME, delete_cookie, values_of
from web.redirects import HOME, safe_next

logger = logging.getLogger(__name__)
PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "private, no-store"}
CONNECTED_BEFORE = gettext_lazy("That account was already connected.")
SIGN_IN_SECONDS = 10  # for everything that is sent while one visitor waits


@login_not_required
@require_POST
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Step 3: redirect to the authorization endpoint. Of the form, only `next` is sent on."""
    if refusal := too_many_starts(request):
        return refusal
    found, next_ = usable_provider(slug), safe_next(request.POST.get("next"))
    return begin(request, found, next_, bound_to=who_signs_in_again(request))


def begin(
    request: HttpRequest,
    found: RuledProvider,
    next_: str,
    process: Process = Process.SIGN_IN,
    bound_to: str = "",
) -> HttpResponse:
    """Send the visitor to the provider. `Progress` says what the attempt can be bound to."""
    provider = found.provider
    with recording(begins_at=3):
        try:
            with deadline(SIGN_IN_SECONDS):
                client = sign_in_client(provider, request, found.needs)
                server, registration = client.server(), client.registration()
        except SignInError as error:
            return failed(request, error, provider, next_, process)
    if process not in NO_SIGN_INS:
        counting.count(provider.slug, counting.BEGUN)
    attempt = flow.Attempt.new(_demand(request, process, next_))
    response = _see_other(flow.authorization_request_url(server, registration, attempt))
    progress = Progress(attempt, str(provider.pk), next_, process, time.time(), bound_to)
    keep_progress(request, response, progress)
    return response


def _demand(request: HttpRequest, process: Process, next_: str) -> flow.Demand:
    """Return what the provider has to ask. A form may ask for another account.

    A visitor who is signed in and signs in again needs a recent sign-in, and so does one who is
    about to connect an account. So the provider has to ask for the login, as when people are moved
    or merged. Whoever goes on as another person is not asked: that sign-in is as recent as the
    provider or the browser says.
    """
    is_again = who_signs_in_again(request) != "" or proven.is_asked_at(next_)
    if process in (Process.MOVE, Process.MERGE) or (process == Process.SIGN_IN and is_again):
        return flow.Demand.LOGIN
    if request.POST.get(ANOTHER) == "1":
        return flow.Demand.ANOTHER
    return flow.Demand.ACCOUNT if process == Process.CONNECT else flow.Demand.NOTHING


@says_when_slow
@csrf_exempt  # a POST changes nothing here, see `_forward`
@login_not_required
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest, slug: str) -> HttpResponse:
    """Steps 4 to 8: from the authorization code to the session JWT."""
    purpose = request.META.get("HTTP_SEC_PURPOSE", "") + request.META.get("HTTP_PURPOSE", "")
    if "prefetch" in purpose.lower():  # fetch.spec.whatwg.org, `Sec-Purpose`
        return HttpResponse(status=403, headers=PRIVATE)
    try:
        found = usable_provider(slug, request)
    except Http404:
        if response := _removed_meanwhile(request):
            return response
        raise
    with recording(begins_at=4):
        if request.method == "POST":
            return _forward(request, found.provider)
        return _come_back(request, found)


def usable_provider(slug: str, request: HttpRequest | None = None) -> RuledProvider:
    """Return the provider if visitors may use it, or this browser is trying it; else raise 404.

    An admin may try a provider that is switched off.
    """
    found = find_with_rules(slug)
    if found and (found.provider.enabled or (request and is_tried(request, found.provider))):
        return found
    raise Http404("there is no such provider")


def _removed_meanwhile(request: HttpRequest) -> HttpResponse | None:
    """Lead back to the admin from a dry run whose provider has been removed meanwhile."""
    progress = progress_of(request)
    if progress is None or progress.process != Process.DRY_RUN:
        return None
    if Provider.objects.filter(pk=progress.provider).exists():
        return None
    response = _see_other(reverse("admin:providers_provider_try", args=[progress.provider]))
    delete_cookie(response, progress.cookie)
    return response


def _forward(request: HttpRequest, provider: Provider) -> HttpResponse:
    """Redirect a response that came by POST to the same address, so that the browser sends cookies.

    Only for kinds that answer by POST. The state is checked and used up after the redirect.
    """
    if provider.catalogued.response_mode != "form_post":
        return HttpResponseNotAllowed(["GET"])
    try:
        posted = form_post.form_post(request)
    except SignInError as error:
        return failed(request, error, provider)
    response = _see_other(f"{request.path}?{posted.query}")
    form_post.keep_name(response, posted)
    return response


def _come_back(request: HttpRequest, found: RuledProvider) -> HttpResponse:
    """Step 4: find the sign-in that the response belongs to, and go on with it."""
    provider = found.provider
    try:
        answer = flow.authorization_response(dict(request.GET.lists()))
        progress = take_progress(request, answer.state, provider, time.time())
    except SignInError as error:
        elsewhere = _where_it_led(request, error, provider) or _removed_meanwhile(request)
        return elsewhere or failed(request, error, provider)
    if progress.process not in NO_SIGN_INS:
        counting.count(provider.slug, counting.RETURNED)
    how_it_works.note_return(request, progress, answer)
    try:
        with deadline(SIGN_IN_SECONDS):
            response = _complete(request, found, progress, answer)
    except SignInError as error:
        response = failed(request, error, provider, progress.next, progress.process)
    delete_cookie(response, progress.cookie)
    if provider.catalogued.response_mode == "form_post":
        delete_cookie(response, SENT_NAME)
    return response


def _where_it_led(
    request: HttpRequest, error: SignInError, provider: Provider
) -> HttpResponse | None:
    """Redirect a visitor who is signed in and opens the address of a finished sign-in again.

    A back button or a restored tab does that. Return None if this browser still has a sign-in with
    this state, which may not end here: that is a failure.
    """
    is_over = error.code is ErrorCode.STATE_USED
    if error.code is ErrorCode.STATE_UNKNOWN:
        is_over = not next_of(request)
    is_signed_in = cast("SessionRequest", request).session_token is not None
    if not (is_over and is_signed_in and request.user.is_authenticated):
        return None
    counting.count(provider.slug, ErrorCode.STATE_USED)
    logger.info("redirect URI opened once more: provider=%s code=%s", provider.slug, error.code)
    return _see_other(where_it_went(request.GET["state"]))


def _complete(
    request: HttpRequest,
    found: RuledProvider,
    progress: Progress,
    answer: flow.AuthorizationResponse,
) -> HttpResponse:
    """Turn the authorization code into a session. In a dry run, only describe that session.

    Every step raises its own `SignInError`. A success is recorded when the cookies are set.
    """
    provider, user_id = found.provider, None
    is_dry_run = progress.process == Process.DRY_RUN
    form = waiting_forms.ASKING.find(request, progress.next) if is_dry_run else None
    arrival = arrive(request, found, progress, answer, form.about.rules if form else ())
    if is_dry_run:
        response = _see_other(dry_run.keep_plan(request, provider, arrival, progress.next))
    elif progress.process == Process.MERGE:
        response = _see_other(merge_proof.keep(request, arrival))
    else:
        issued = finish(request, provider, progress, arrival)
        user_id = issued.session.user_id
        response = _see_other(progress.next)
        sign_in_browser(cast("SessionRequest", request), response, issued)
        if progress.process == Process.CONNECT and arrival.account:
            messages.info(request, CONNECTED_BEFORE)
        let_late_form_go_on(request, progress.next)
        if values_of(request, PROVEN) and not proven.is_asked_at(progress.next):
            proven.forget(request, response)
        how_it_works.finish(request, provider, progress, issued.session.pk)
    reference, identity = new_reference(), arrival.identity
    ended = Ended(progress.process, reference, user_id=user_id, identity=identity)
    record(request, provider, recorder_now(), ended)
    return response


def failed(
    request: HttpRequest,
    error: SignInError,
    provider: Provider,
    next_: str = HOME,
    process: Process | None = None,
) -> HttpResponse:
    """Redirect away from the address with the code in it, to the page that says what happened.

    `process` is None if no sign-in began in this browser: such a failure is only counted.
    """
    recorder = recorder_now()
    recorder.fail(error)
    diagnosis = diagnose(facts_of(error, provider, request, recorder)).code
    failure = failures.Failure.of(error, diagnosis, provider.slug, process)
    if process is None:
        counting.count(provider.slug, diagnosis)
        failure = failures.without_row(failure)
    elif not record(
        request, provider, recorder, Ended(process, failure.reference, error, diagnosis)
    ):
        failure = failures.without_row(failure)
    elif process != Process.DRY_RUN:
        failures.audit_known(error, failure)
    failures.log(error, failure, recorder.masked(error.detail))
    if process == Process.DRY_RUN:
        return _see_other(dry_run.keep_failure(request, provider, error, diagnosis, next_))
    response = _see_other(failures.address_of(failure, next_))
    failures.keep(response, failure)
    if process == Process.SIGN_IN:
        proven.keep(response, provider, error)
    return response


def _see_other(url: str) -> HttpResponse:
    """Redirect with 303 (RFC 9700 §4.12), without a `Referer`."""
    return HttpResponse(status=303, headers={"Location": url, **PRIVATE})
