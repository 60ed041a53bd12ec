"""`/account/connections/`: the accounts through which somebody signs in."""

from datetime import timedelta
from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.errors import LastWayInError
from accounts.merging import MADE_TOGETHER
from accounts.models import link_out
from accounts.self_service.changed_here import keep_change_made_here
from accounts.self_service.connections import (
    connections_of,
    disconnect,
    known_as,
    notice_of,
    notices_for,
    own,
    provider_name,
    put_away,
)
from attempts.models import Process
from audit.reading import is_grant_revoked
from oauth_client.pages import with_buttons
from oauth_client.sign_in_page import ProviderButton
from oauth_client.views import begin, usable_provider
from oauth_client.ways_in import WaysIn
from providers.models import Provider
from sessions.models import Session
from sessions.pages import end
from sessions.recent_sign_in import recent_sign_in_required
from sessions.session_cookies import delete_session_cookies
from sessions.session_request import SignedInRequest, actor_of

JUST_NOW = timedelta(minutes=1)
SHUT_OUT = gettext_lazy("{name} is disconnected, and all your other sessions have ended.")
GRANT_REVOKED = gettext_lazy("{name} is disconnected, and this site has no access there any more.")
GRANT_STAYS = gettext_lazy(
    "{name} is disconnected, but may still list this site as an app with access to your account."
    " You can remove the app in your settings there."
)
GRANT_STAYS_AT = gettext_lazy(
    "{name} is disconnected, but may still list this site as an app with access to your account."
    ' <a href="{url}" target="_blank" rel="noopener noreferrer">Remove it at {name}</a>.'
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connections(request: SignedInRequest) -> HttpResponse:
    """List the accounts. By POST, connect one more, disconnect one, or answer a notice."""
    if "disconnect" in request.GET and request.method != "POST":
        return cast("HttpResponse", _ask(request))
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
        provider, sid = usable_provider(request.POST["connect"]), request.session_token.sid
        return begin(request, provider, reverse("account_connections"), Process.CONNECT, sid)
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
        return _disconnect(request, str(account), is_own=False)
    put_away(request, notice)
    return redirect("account_connections")


@recent_sign_in_required
def _ask(request: SignedInRequest) -> HttpResponse:
    """Ask before an account is disconnected, and say what follows."""
    try:
        account = own(request.user, request.GET["disconnect"])
    except SocialAccount.DoesNotExist:
        raise Http404("there is no such connection") from None
    context = {
        "account": account,
        "label": known_as(account),
        "provider_name": provider_name(request, account.provider),
        "ends_session": request.session_token.claims.get("idp") == account.provider,
    }
    return render(request, "disconnect.html", context)


def _disconnect(request: SignedInRequest, account_pk: str, *, is_own: bool = True) -> HttpResponse:
    """Disconnect, say so, and go to a page that can be read now: this session may have ended."""
    user, token = request.user, request.session_token
    usable = set(Provider.objects.filter(enabled=True).values_list("slug", flat=True))
    try:
        gone = disconnect(user, account_pk, usable, token, actor_of(request))
    except LastWayInError:
        problem = _("This is your only way to sign in. Connect another account first.")
        return _page(request, problem=problem, status=409)
    except SocialAccount.DoesNotExist:
        raise Http404("there is no such connection") from None
    messages.success(request, _said_of(request, gone, is_own=is_own))
    is_over = token.claims.get("idp") == gone.provider
    response = redirect("sign_out" if is_over else "account_connections")
    if is_over:
        delete_session_cookies(request, response)
    keep_change_made_here(request, response, [gone], is_added=False)
    return response


def _said_of(request: SignedInRequest, gone: SocialAccount, *, is_own: bool) -> SafeString:
    """Say that an account is disconnected, and whether its provider still lists this site."""
    provider = Provider.objects.filter(slug=gone.provider).first()
    url = provider.grants_url if provider else ""
    words = GRANT_STAYS_AT if url else GRANT_STAYS
    if is_grant_revoked(request.user.pk, gone.pk):
        words = GRANT_REVOKED
    if not is_own:
        words = SHUT_OUT
    return format_html(str(words), name=provider_name(request, gone.provider), url=url)


def _page(request: SignedInRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    session = Session.objects.filter(pk=request.session_token.sid).first()
    ways = WaysIn.of(request.user, session)
    used = ways.used
    added = used if used and _is_new(request, used, ways.accounts[0]) else None
    connected = {account.provider for account in ways.accounts}
    usable = [provider for provider in ways.providers.values() if provider.enabled]
    context = {
        "problem": problem,
        "notices": notices_for(request),
        "link_out": link_out(request.user),
        "may_disconnect": len(ways.accounts) > 1 or request.user.has_usable_password(),
        "connections": ways.shown,
        "added": added,
        "others": [ProviderButton.of(each) for each in usable if each.slug not in connected],
        "again": [ProviderButton.of(each) for each in usable if each.slug in connected],
    }
    response = with_buttons(render(request, "connections.html", context, status=status))
    if added is not None:
        keep_change_made_here(request, response, [added], is_added=True)
    return response


def _is_new(request: SignedInRequest, used: SocialAccount, oldest: SocialAccount) -> bool:
    """Tell whether the account was just connected, and did not come with the person."""
    came_later = used.date_joined - request.user.date_joined > MADE_TOGETHER
    is_fresh = timezone.now() - used.date_joined < JUST_NOW
    return is_fresh and (bool(used != oldest) or came_later)
