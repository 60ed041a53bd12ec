"""`/account/`: who is signed in, how they sign in, and where they are signed in."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import link_out
from accounts.self_service.connections import notices_for
from audit.reading import unread_replays
from oauth_client.ways_in import WaysIn
from sessions.models import Session
from sessions.pages import own_sessions
from sessions.session_request import SignedInRequest


@require_safe
@never_cache
def account(request: SignedInRequest) -> HttpResponse:
    """Greet the person who is signed in, and show what they most often come for."""
    user, token = request.user, request.session_token
    browsers = list(own_sessions(request).filter(holder=Session.Holder.BROWSER))
    here = next((session for session in browsers if str(session.pk) == token.sid), None)
    ways = WaysIn.of(user, here)
    context = {
        "user": user,
        "is_verified": user.email in user.proven_addresses,
        "groups": token.claims.get("groups", []),
        "provider_name": ways.name_of(token.claims.get("idp", "")),
        "connections": ways.shown,
        "has_password": bool(user.password) and user.has_usable_password(),
        "here": here,
        "others": len(browsers) - (here is not None),
        "is_demo": settings.DEMO,
        "replays": unread_replays(token.sub),
        "notices": notices_for(request),
        "link_out": link_out(user),
    }
    return render(request, "account.html", context)
