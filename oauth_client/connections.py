"""`/account/connections/`: the accounts through which somebody signs in."""

from datetime import timedelta
from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.errors import LastWayInError
from accounts.self_service.connections import (
    connections_of,
    disconnect,
    known_as,
    notice_of,
    notices_for,
    put_away,
)
from attempts.models import Process
from oauth_client.pages import with_buttons
from oauth_client.sign_in_page import ProviderButton
from oauth_client.views import begin, usable_provider
from providers.models import Provider
from sessions.pages import end
from sessions.recent_sign_in import recent_sign_in_required
from sessions.session_cookies import delete_session_cookies
from sessions.session_request import SignedInRequest, actor_of

JUST_NOW = timedelta(minutes=1)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connections(request: SignedInRequest) -> HttpResponse:
    """List the accounts. By POST, connect one more, disconnect one, or answer a notice."""
    if "known" in request.POST:
        if notice := notice_of(request, request.POST["known"]):
            put_away(request, notice)
        return redirect("account_connections")
    if request.method == "POST":
        return cast("HttpResponse", _change(request))
    return _page(request)


@recent_sign_in_required
def _change(request: SignedInRequest) -> HttpResponse:
    """Change how somebody signs in. A session that was left open may not do that."""
    if "connect" in request.POST:
        provider = usable_provider(request.POST["connect"])
        here = reverse("account_connections")
        return begin(request, provider, here, Process.CONNECT, request.session_token.sid)
    if "not_me" in request.POST:
        return _not_me(request, request.POST["not_me"])
    return _disconnect(request, request.POST.get("disconnect", ""))


def _not_me(request: SignedInRequest, key: str) -> HttpResponse:
    """Disconnect the account of the notice, and end all other sessions.

    If the account cannot be disconnected, the notice stays.
    """
    notice = notice_of(request, key)
    if notice is None:
        return redirect("account_connections")
    end(request, request.user.sessions.exclude(pk=request.session_token.sid))  # scripts' too
    account = notice.change.account
    if connections_of(request.user).filter(pk=account).exists():
        return _disconnect(request, str(account))
    put_away(request, notice)
    return redirect("account_connections")


def _disconnect(request: SignedInRequest, account_pk: str) -> HttpResponse:
    user, token = request.user, request.session_token
    usable = set(Provider.objects.filter(enabled=True).values_list("slug", flat=True))
    try:
        gone = disconnect(user, account_pk, usable, token, actor_of(request))
    except LastWayInError:
        problem = "This is your only way in. Connect another one first."
        return _page(request, problem=problem, status=409)
    except SocialAccount.DoesNotExist:
        raise Http404("there is no such connection") from None
    response = redirect("account_connections")
    if token.claims.get("idp") == gone.provider:  # this session has ended too
        delete_session_cookies(request, response)
    return response


def _page(request: SignedInRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    connected = list(connections_of(request.user))
    # The newest account, unless it is the only one.
    last = connected[-1] if len(connected) > 1 else None
    is_new = last is not None and timezone.now() - last.date_joined < JUST_NOW
    known = {provider.slug: provider for provider in Provider.objects.all()}
    through = request.session_token.claims.get("idp")
    context = {
        "problem": problem,
        "notices": notices_for(request),
        "may_disconnect": len(connected) > 1 or request.user.has_usable_password(),
        "connections": [
            {
                "account": account,
                "label": known_as(account),
                "provider": ProviderButton.of(known[account.provider]),
                "is_current": account.provider == through,
                "is_new": account.provider == through and is_new and account == last,
            }
            for account in connected
            if account.provider in known
        ],
        "others": [ProviderButton.of(each) for each in known.values() if each.enabled],
    }
    return with_buttons(render(request, "connections.html", context, status=status))
