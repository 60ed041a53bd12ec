"""`/account/connections/proven/`: somebody came by another account, and may connect it, too."""

import time
from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.self_service.changed_here import keep_change_made_here
from attempts.models import Ended, Process
from attempts.recording import record
from attempts.references import new_reference
from oauth_client import proven
from oauth_client.arrival import as_known, finish
from oauth_client.pages import too_many_starts, with_buttons
from oauth_client.progress import Progress
from oauth_client.proven import ProvenAccount
from oauth_client.sign_in_page import ProviderButton
from oauth_client.views import failed
from outgoing.trace import recorder_now, recording
from protocol.errors import SignInError
from protocol.flow import Attempt
from sessions.recent_sign_in import (
    has_recent_sign_in,
    recent_sign_in_required,
    sign_in_again_url,
)
from sessions.session_cookies import sign_in_browser
from sessions.session_request import SignedInRequest
from web.redirects import HOMES, safe_next


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connect_proven(request: SignedInRequest) -> HttpResponse:
    """Ask whether to connect the account that this browser has proven. POST does it, or forgets it.

    It names the account, because somebody else may have proven theirs in this browser.
    """
    if "forget" in request.POST:
        response = redirect(_next(request))
        proven.forget(request, response)
        return response
    if request.method == "POST" and not has_recent_sign_in(request):
        # Never a late form: whoever signs in again has to read first which account it is.
        return HttpResponseRedirect(sign_in_again_url(request.get_full_path()), status=303)
    return cast("HttpResponse", _ask_or_connect(request))


@recent_sign_in_required
def _ask_or_connect(request: SignedInRequest) -> HttpResponse:
    if "connect" in request.POST:
        return _connect(request)
    found = proven.find(request)
    return _page(request, found) if found else _nothing_to_connect(request)


def _page(request: SignedInRequest, found: ProvenAccount) -> HttpResponse:
    identity = found.arrival.identity
    own = {request.user.email, *request.user.proven_addresses}
    context = {
        "provider": ProviderButton.of(found.provider),
        "identity": identity,
        "is_own_address": identity.email != "" and identity.email in own,
        "digest": found.digest,
        "next": _next(request),
    }
    return with_buttons(render(request, "connect_proven.html", context))


def _connect(request: SignedInRequest) -> HttpResponse:
    """Connect the account by the rules that hold for every connection."""
    if refusal := too_many_starts(request):
        return refusal
    found = proven.take(request, request.POST["connect"])
    if found is None:
        return _nothing_to_connect(request)
    with recording(begins_at=8):
        try:
            response = _connected(request, found)
        except SignInError as error:
            response = failed(request, error, found.provider, _next(request), Process.CONNECT)
    proven.forget(request, response)
    return response


def _connected(request: SignedInRequest, found: ProvenAccount) -> HttpResponse:
    """Connect the account, and start a session through it, as a way back from the provider does."""
    provider, next_, sid = found.provider, _next(request), request.session_token.sid
    arrival = as_known(found.arrival, request.user)
    progress = Progress(
        Attempt.new(), str(provider.pk), next_, Process.CONNECT, time.time(), bound_to=sid
    )
    issued = finish(request, provider, progress, arrival)
    response = redirect("account_connections" if next_ in HOMES else next_)
    sign_in_browser(request, response, issued)
    identity = arrival.identity
    if next_ not in HOMES:  # the page of the connections says it by itself
        words = _("{provider} is connected. You can sign in with it from now on.")
        messages.success(request, words.format(provider=provider.name))
    account = SocialAccount(provider=identity.provider, uid=identity.sub)
    keep_change_made_here(request, response, [account], is_added=True)
    ended = Ended(
        Process.CONNECT, new_reference(), user_id=issued.session.user_id, identity=identity
    )
    record(request, provider, recorder_now(), ended)
    return response


def _nothing_to_connect(request: SignedInRequest) -> HttpResponse:
    """Say that it is too late, where every account can still be connected."""
    words = _("This offer has expired. If the account is not in this list, connect it below.")
    messages.warning(request, words)
    return redirect("account_connections")


def _next(request: SignedInRequest) -> str:
    return safe_next(request.GET.get("next"))
