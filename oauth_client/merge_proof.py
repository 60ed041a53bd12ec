"""What somebody who is signed in has proven about a second person here.

They have signed in as that person at a provider, which had to ask. The proof stays in the browser
until they decide, for five minutes and for one session.
"""

import time
from typing import cast

from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from oauth_client.arrival import Arrival
from sessions.models import User
from sessions.recent_sign_in import RECENT_SIGN_IN
from sessions.session_request import SignedInRequest

KEY = "merge"
UNKNOWN = "Nobody uses that account here yet, so there is nothing to merge. Connect it instead."
OWN = "That account is yours already. Choose one that signs in to your other account here."


def keep(request: HttpRequest, arrival: Arrival) -> str:
    """Keep whose account it is; return the address of the next page."""
    account, signed_in = arrival.account, cast("SignedInRequest", request)
    if account is None:
        messages.warning(request, UNKNOWN)
        return reverse("account_connections")
    if account.user_id == signed_in.user.pk:
        messages.warning(request, OWN)
    else:
        sid = signed_in.session_token.sid
        request.session[KEY] = {"account": account.pk, "sid": sid, "at": time.time()}
    return reverse("account_merge")


def other_person(request: SignedInRequest) -> User | None:
    """Return the second person, None if there is no proof for this session or it is too old."""
    proof = request.session.get(KEY) or {"sid": "", "at": 0, "account": 0}
    is_recent = time.time() - proof["at"] <= RECENT_SIGN_IN
    if proof["sid"] != request.session_token.sid or not is_recent:
        return None
    accounts = SocialAccount.objects.filter(pk=proof["account"]).exclude(user=request.user)
    account = accounts.select_related("user").first()
    return account.user if account else None


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)
