"""What somebody who is signed in has proven about a second person here.

They have come back as that person from a provider that can be told to ask who they are. If it says
when it last asked for the login, that is checked. If not, somebody at a browser that is signed in
there could take the question out of the address. So the page says which account was proven and
when, and its form names it. The proof stays in the browser until they decide, for five minutes and
for one session.
"""

import time
from datetime import UTC, datetime
from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.merging import TOO_NEW, Proof, is_too_new
from accounts.self_service.connections import known_as
from audit.models import Action, Target
from audit.recording import note
from oauth_client.arrival import Arrival
from providers.models import Provider
from sessions.possession import holds_session
from sessions.recent_sign_in import RECENT_SIGN_IN
from sessions.session_request import SignedInRequest, actor_of

KEY = "merge"
UNKNOWN = gettext_lazy(
    "Nobody uses that account here yet, so there is nothing to merge. Connect it instead."
)
OWN = gettext_lazy(
    "That account is yours already. Choose one that signs in to your other account here."
)


def can_be_asked(provider: Provider) -> bool:
    """Tell whether a provider has a parameter that makes it ask again."""
    return bool(provider.catalogued.login_again)


def keep(request: HttpRequest, arrival: Arrival) -> str:
    """Keep whose account it is; return the address of the next page."""
    account, signed_in = arrival.account, cast("SignedInRequest", request)
    if account is None:
        messages.warning(request, UNKNOWN)
        return reverse("account_connections")
    if account.user_id == signed_in.user.pk:
        messages.warning(request, OWN)
    elif is_too_new(account):
        messages.warning(request, TOO_NEW)
    else:
        sid = signed_in.session_token.sid
        request.session[KEY] = {"account": account.pk, "sid": sid, "at": time.time()}
        about = {"account": account.pk, "uid": account.uid, "known_as": known_as(account)}
        actor, other = actor_of(request), Target.of(account.user)
        note(Action.MERGE_PROVEN, actor, other, provider=account.provider, after=about)
    return reverse("account_merge")


def proof_in(request: SignedInRequest) -> Proof | None:
    """Return the proof of this session, None if there is none or it is too old."""
    kept = request.session.get(KEY) or {"sid": "", "at": 0, "account": 0}
    is_recent = time.time() - kept["at"] <= RECENT_SIGN_IN
    token = request.session_token
    is_good = kept["sid"] == token.sid and is_recent and holds_session(request)
    return Proof(kept["account"], token.sid, token.claims["gen"]) if is_good else None


def proven_account(request: SignedInRequest, proof: Proof) -> SocialAccount | None:
    """Return the account of the second person, None if it is nobody else's now."""
    accounts = SocialAccount.objects.filter(pk=proof.account).exclude(user=request.user)
    return accounts.select_related("user").first()


def proven_at(request: HttpRequest) -> datetime:
    """Return when the account was proven. There has to be a proof."""
    return datetime.fromtimestamp(request.session[KEY]["at"], UTC)


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
