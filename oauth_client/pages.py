"""The pages around a sign-in: the one that asks, and those that say why not."""

import logging
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from access_rules.decision import words_of
from accounts.self_service.connections import connections_of
from attempts import counting
from attempts.models import Process
from diagnosis.entries import DIAGNOSES, Words
from diagnosis.refused_forms import fault_of, origin_of
from oauth_client import another_person, failures, proven
from oauth_client.another_account import AnotherAccount
from oauth_client.on_the_way import waiting_app
from oauth_client.sign_in_page import (
    ProviderButton,
    ShownProvider,
    SignInPage,
    buttons,
    shown_providers,
)
from protocol.errors import ErrorCode
from sessions import access
from sessions.access import ADMIN
from sessions.models import User
from sessions.recent_sign_in import AGAIN, page_of_late_form
from sessions.session_request import with_session
from web import cookies
from web.addresses import AddressLimit, forwarding
from web.redirects import safe_next
from web.shown import duration

logger = logging.getLogger(__name__)
# Where a failure leads back to, if it is not the sign-in page
BACK = {
    Process.CONNECT: "account_connections",
    Process.MERGE: "account_merge",
    Process.MOVE: "connect",
}
# Refusals after which the same account may be let in, once something has changed at the provider
MAY_CHANGE = {ErrorCode.NO_VERIFIED_EMAIL, ErrorCode.EMAIL_NOT_SHARED, ErrorCode.MEMBERSHIP_UNKNOWN}
STARTS = AddressLimit("starts", limit=300, window=300, cache="starts")


def may_start(request: HttpRequest) -> bool:
    """Count a start of this address, and tell whether it is within the limit.

    A start stores nothing, so the limit is generous: a whole office may share one address. Each
    process counts in its own memory. That costs microseconds, and works without Redis.
    """
    number = STARTS.number(request)
    if number <= STARTS.limit:
        return True
    counting.count(counting.ANY_PROVIDER, counting.REFUSED)
    if number == STARTS.limit + 1:  # the address once in a window
        logger.warning("too many sign-ins begun: address=%s", forwarding(request).address)
    return False


def too_many_starts(request: HttpRequest) -> HttpResponse | None:
    """Count a start. Above the limit, return a page that asks the visitor to wait and try again."""
    if may_start(request):
        return None
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

    The button that helps comes first: the same provider again, or the one used before. Whoever
    signs in as before is asked then whether to connect the account of this failure, too.
    """
    unknown = failures.Failure("", ErrorCode.STATE_UNKNOWN, "")
    failure = failures.find(request, reference) or unknown
    known = {button.slug: button for button in buttons(shown_providers())}
    tried = known.get(failure.provider)
    if another_person.is_asked_about(request, failure):
        return with_buttons(another_person.page(request, failure, tried))
    used = [known[slug] for slug in failure.used if slug in known]
    words = _words(failure, tried, used)
    back = BACK.get(failure.process, "")
    is_connecting = back != ""
    others = [button for button in known.values() if button != tried and not is_connecting]
    context = _ways_on(request, failure, tried if words.again else None) | {
        "words": words,
        "reference": failure.reference,
        "is_connecting": is_connecting,
        "back": back,
        "may_merge": failure.diagnosis == ErrorCode.ACCOUNT_OF_ANOTHER
        and failure.process == Process.CONNECT,
        "tried": tried,
        "used": used,
        "others": [] if used else others,
    }
    return with_buttons(render(request, "sign_in_failed.html", context))


def _words(
    failure: failures.Failure, tried: ProviderButton | None, used: list[ProviderButton]
) -> Words:
    """Return what the visitor reads about this failure."""
    ways_in = get_text_list([button.name for button in used], _("or"))
    filling = {
        "provider": tried.name if tried else _("the provider"),
        "email": failure.email,
        "rule": words_of(failure.rules),
        "used": ways_in or _("a password"),
    }
    return DIAGNOSES[failure.diagnosis].words.filled(filling)


def _ways_on(
    request: HttpRequest, failure: failures.Failure, retry: ProviderButton | None
) -> dict[str, Any]:
    """Return where a visitor may go on: the same way, by another account, or as before.

    Whoever was refused would mostly be refused again. `is_offered` says that the account of this
    failure can be connected after a sign-in as before.
    """
    is_refused = DIAGNOSES[failure.diagnosis].group == "access"
    found = proven.find(request) if failure.process == Process.SIGN_IN else None
    is_offered = found is not None and found.provider.slug == failure.provider
    next_ = safe_next(request.GET.get("next"))
    return {
        "retry": None if is_refused and failure.diagnosis not in MAY_CHANGE else retry,
        "another": AnotherAccount.at(failure.provider) if is_refused else None,
        "is_offered": is_offered,
        "continuing": proven.asking_at(next_) if is_offered else next_,
        "next": next_,
        "app": waiting_app(next_),
    }


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
    words = DIAGNOSES[fault].words.filled({})
    if "Authorization" in request.headers:
        return access.problem(403, words.text)
    if view == "sign_in_start" and words.again:
        return sign_in_page(request, Visit(next_, problem=words.text), status=403)
    again = safe_next(request.get_full_path())
    if view == "sign_in_start":
        again = f"{reverse('sign_in')}?{urlencode({'next': next_})}"
    site = settings.BASE_URL
    context = {"sentence": words.text, "again": site + again, "base_url": site}
    response = render(request, "form_refused.html", context, status=403)
    response["Cache-Control"] = "private, no-store"
    return response


@dataclass(frozen=True)
class Visit:
    """What decides which page asks a visitor how to sign in."""

    next: str
    again: bool = False  # somebody is signed in, and needs a more recent sign-in
    problem: str = ""  # what the page says first
    slug: str = ""  # of the only provider to show


def sign_in_page(request: HttpRequest, visit: Visit, status: int = 200) -> HttpResponse:
    """Return the page that asks: with the ways in, the one that was used last first.

    Somebody who signs in again sees no way in of anybody else. Otherwise, the page links to the
    password form on the way to the admin.
    """
    user: User | None = request.user if visit.again else None  # type: ignore[assignment]
    offered = _offered(user)
    shown = [provider for provider in offered if visit.slug in ("", provider.slug)]
    if visit.slug and not shown:
        raise Http404("there is no such provider")
    last_used = _last_used(request, shown)
    is_for_passwords = user.has_usable_password() if user else offers_password(visit.next)
    form_page = page_of_late_form(request, visit.next) if visit.again else ""
    app = waiting_app(visit.next)
    page = SignInPage(
        providers=tuple(sorted(shown, key=lambda each: each.slug != last_used)),
        last_used=last_used if len(shown) > 1 else "",
        again=visit.again,
        has_problem=bool(visit.problem),
        has_password_link=is_for_passwords and settings.ADMIN_PASSWORD_LOGIN and not visit.slug,
        has_other_ways=len(shown) < len(offered),
        has_form=bool(form_page),
        app_mark=app.mark if app else "",
    ).filled(
        csrf_token=get_token(request),
        next_=visit.next,
        query=urlencode({"next": visit.next} | ({AGAIN: "1"} if visit.again else {})),
        person=user.display_name if user else "",
        problem=visit.problem,
        form_page=form_page,
        app=app.name if app else "",
    )
    return with_buttons(HttpResponse(page, status=status))


def offers_password(next_: str) -> bool:
    """Tell whether the page links a stranger to the password form: on the way to the admin."""
    return settings.ADMIN_PASSWORD_LOGIN and next_.startswith(ADMIN)


def _offered(user: User | None) -> list[ShownProvider]:
    """Return the providers that visitors may use; of somebody who is signed in, only their own."""
    shown = shown_providers()
    if user is None:
        return list(shown)
    own = set(connections_of(user).values_list("provider", flat=True))
    return [provider for provider in shown if provider.slug in own]


def _last_used(request: HttpRequest, shown: list[ShownProvider]) -> str:
    """Return the slug of the provider that this browser used last, "" if it is not shown."""
    token = with_session(request).session_token
    used = [token.claims.get("idp", "")] if token else []
    used += cookies.values_of(request, cookies.LAST_USED)
    return next(filter({provider.slug for provider in shown}.__contains__, used), "")


def with_buttons(response: HttpResponse) -> HttpResponse:
    """Send no `form-action`: browsers apply it to every host that a provider redirects through."""
    response.csp_form_action = None  # type: ignore[attr-defined]
    return response
