"""The pages around a sign-in: the one that asks (step 2), and those that say why not."""

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import http_date, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attempts import counting
from attempts.models import Process
from diagnosis.entries import DIAGNOSES
from diagnosis.refused_forms import fault_of, origin_of
from oauth_client import failures
from oauth_client.sign_in_page import SignInPage, buttons, shown_providers
from protocol.errors import ErrorCode
from sessions import access
from sessions.access import ADMIN
from sessions.recent_sign_in import page_of_late_form
from sessions.session_request import SessionRequest
from web.addresses import AddressLimit, forwarding
from web.redirects import next_page, note_refused_next, safe_next, tell_later
from web.shown import duration

logger = logging.getLogger(__name__)
# What Django's `never_cache` says; composing it takes 17 µs more (measured 2026-11).
NEVER = "max-age=0, no-cache, no-store, must-revalidate, private"
# Where a failure leads back to, if it is not the sign-in page
BACK = {
    Process.CONNECT: "account_connections",
    Process.MERGE: "account_merge",
    Process.MOVE: "connect",
}
STARTS = AddressLimit("starts", limit=300, window=300, cache="starts")


@login_not_required
@require_safe
def sign_in(request: SessionRequest) -> HttpResponse:
    """Step 2: ask the visitor whether to sign in through a provider."""
    response = _asking(request)
    response["Expires"] = http_date()
    response["Cache-Control"] = NEVER
    return response


def _asking(request: SessionRequest) -> HttpResponse:
    page = next_page(request.GET.get("next"))
    if page.problem:
        note_refused_next(page)
    is_signed_in = request.session_token is not None and request.user.is_authenticated
    again = "again" in request.GET  # what comes next needs a more recent sign-in
    if is_signed_in and not again:
        tell_later(request, page)
        return redirect(page.url)
    return _sign_in_page(request, page.url, again=is_signed_in, problem=page.words)


def too_many_starts(request: HttpRequest) -> HttpResponse | None:
    """Count a start. Above the limit, return a page that asks the visitor to wait and try again.

    A start stores nothing, so the limit is generous: a whole office may share one address. Each
    process counts in its own memory. That costs microseconds, and works without Redis.
    """
    number = STARTS.number(request)
    if number <= STARTS.limit:
        return None
    counting.count(counting.ANY_PROVIDER, counting.REFUSED)
    if number == STARTS.limit + 1:  # the address once in a window
        logger.warning("too many sign-ins begun: address=%s", forwarding(request).address)
    seconds = STARTS.seconds_left()
    minutes = -(-seconds // 60)
    next_ = safe_next(request.POST.get("next"))
    context = {"wait": duration(minutes * 60), "next": next_, "query": urlencode({"next": next_})}
    response = render(request, "too_many_starts.html", context, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "private, no-store"
    return with_buttons(response)


@login_not_required
@require_safe
@never_cache
def sign_in_failed(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what happened and what to do, with a reference.

    The button that helps comes first: the same provider again, or the one used before.
    """
    unknown = failures.Failure("", ErrorCode.STATE_MISSING, "")
    failure = failures.find(request, reference) or unknown
    known = {button.slug: button for button in buttons(shown_providers())}
    tried = known.get(failure.provider)
    used = [known[slug] for slug in failure.used if slug in known]
    filling = {
        "provider": tried.name if tried else "The provider",
        "email": failure.email,
        "rule": failure.rule,
        "used": " or ".join(button.name for button in used) or "a password",
    }
    words = DIAGNOSES[failure.diagnosis].words.filled(filling)
    back = BACK.get(failure.process, "")
    is_connecting = back != ""
    others = [button for button in known.values() if button != tried and not is_connecting]
    context = {
        "words": words,
        "reference": failure.reference,
        "is_connecting": is_connecting,
        "back": back,
        "may_merge": failure.diagnosis == ErrorCode.ACCOUNT_OF_ANOTHER
        and failure.process == Process.CONNECT,
        "retry": tried if words.again else None,
        "used": used,
        "others": [] if used else others,
        "next": safe_next(request.GET.get("next")),
    }
    return with_buttons(render(request, "sign_in_failed.html", context))


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say why a form was refused, or redirect a visitor who has signed in in another tab."""
    next_ = safe_next(request.POST.get("next"))
    view = request.resolver_match.view_name if request.resolver_match else ""
    token: object = getattr(request, "session_token", None)
    is_form = view in ("sign_in_start", "admin:login")
    if is_form and token is not None and request.user.is_authenticated:
        return redirect(next_)
    fault, origin = fault_of(reason, request), origin_of(request)
    counting.count(counting.ANY_PROVIDER, fault)
    logger.warning("form refused: fault=%s path=%.200s origin=%.200s", fault, request.path, origin)
    words = DIAGNOSES[fault].words
    if "Authorization" in request.headers:
        return access.problem(403, words.text)
    if view == "sign_in_start" and words.again:
        return _sign_in_page(request, next_, problem=words.text, status=403)
    again = safe_next(request.get_full_path())
    if view == "sign_in_start":
        again = f"{reverse('sign_in')}?{urlencode({'next': next_})}"
    site = settings.BASE_URL
    context = {"sentence": words.text, "again": site + again, "site": site}
    response = render(request, "form_refused.html", context, status=403)
    response["Cache-Control"] = "private, no-store"
    return response


def _sign_in_page(
    request: HttpRequest, next_: str, *, again: bool = False, problem: str = "", status: int = 200
) -> HttpResponse:
    """Return the page that asks. On the way to the admin, it links to the password form.

    With `again`, the visitor is signed in already. The provider of that session comes first.
    """
    token = request.session_token if again else None  # type: ignore[attr-defined]
    used = token.claims.get("idp") if token else None
    came_by_password = again and used is None
    is_for_passwords = came_by_password or next_.startswith(ADMIN)
    providers = tuple(sorted(shown_providers(), key=lambda each: each.slug != used))
    has_link = is_for_passwords and settings.ADMIN_PASSWORD_LOGIN
    form_page = page_of_late_form(request, next_) if again else ""
    page = SignInPage(providers, again, bool(problem), has_link, bool(form_page)).filled(
        csrf_token=get_token(request),
        next_=next_,
        query=urlencode({"next": next_} | ({"again": "1"} if again else {})),
        person=request.user.display_name if again else "",  # type: ignore[union-attr]
        problem=problem,
        form_page=form_page,
    )
    return with_buttons(HttpResponse(page, status=status))


def with_buttons(response: HttpResponse) -> HttpResponse:
    """Send no `form-action`: browsers apply it to every host that a provider redirects through."""
    response.csp_form_action = None  # type: ignore[attr-defined]
    return response
