"""A form about who may sign in waits here while its admin asks the provider about themselves.

The lock-out guard cannot know the admin's organisations before the first rule about them. So the
admin is sent to the provider, as in a dry run, and comes back to the form, which goes on by itself.
It is kept for ten minutes, sealed, for the session of this admin, and taken once.
"""

import secrets
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import cast
from urllib.parse import urlencode

from django.core.cache import caches
from django.http import HttpRequest, QueryDict

from access_rules.decision import Rule
from encryption import seal, unseal
from oauth_client.arrival import Arrival
from sessions.session_request import SignedInRequest

LIFETIME = 600  # seconds
NAME = "answered"  # the parameter with the key of a form
PURPOSE = "form that waits for a provider"
ANOTHER_ACCOUNT = "you chose an account that is not connected to you here"


@dataclass(frozen=True)
class WaitingForm:
    """A form that was posted, the rules in it, and why the provider gave no answer."""

    address: str  # leads back to the form
    sealed_fields: str
    rules: tuple[Rule, ...]
    why_not: str = ""

    def fields(self) -> QueryDict:
        return QueryDict(unseal(self.sealed_fields, purpose=PURPOSE, context=self.address))


def keep(request: HttpRequest, rules: tuple[Rule, ...]) -> WaitingForm:
    """Keep the form of this request."""
    address = f"{request.path}?{urlencode({NAME: secrets.token_urlsafe(16)})}"
    fields = seal(request.POST.urlencode().encode(), purpose=PURPOSE, context=address)
    form = WaitingForm(address, fields, rules)
    _store(request, form)
    return form


def find(request: HttpRequest, address: str) -> WaitingForm | None:
    """Return the form that waits at this address, None if none does."""
    found: WaitingForm | None = caches["traces"].get(_name(request, address))
    return found


def take(request: HttpRequest) -> WaitingForm | None:
    """Return the form that waits at the address of this request, for the last time.

    Of two tabs that do this at once, only the one that has deleted it goes on.
    """
    form = find(request, request.get_full_path()) if NAME in request.GET else None
    is_first = form is not None and caches["traces"].delete(_name(request, form.address))
    return form if is_first else None


def answer(request: HttpRequest, form: WaitingForm, arrival: Arrival) -> str:
    """Keep what the provider has said about the admin; return the address of the form."""
    account = arrival.account
    if account is None or account.user_id != request.user.pk:
        return leave(request, form, ANOTHER_ACCOUNT)
    arrival.judgement.keep(arrival.identity, account, arrival.token)
    return form.address


def leave(request: HttpRequest, form: WaitingForm, why_not: str) -> str:
    """Note why the provider gave no answer; return the address of the form."""
    _store(request, replace(form, why_not=why_not))
    return form.address


def _store(request: HttpRequest, form: WaitingForm) -> None:
    caches["traces"].set(_name(request, form.address), form, LIFETIME)


def _name(request: HttpRequest, address: str) -> str:
    sid = cast("SignedInRequest", request).session_token.sid
    return f"form:{sid}:{sha256(address.encode()).hexdigest()}"
