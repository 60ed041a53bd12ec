"""An account that a visitor has just proven at a provider, and that is nobody's here yet.

Somebody who is known here may come by another provider than before. They sign in as before, and
are then asked whether to connect the new account, too. What they have proven is kept for that: for
ten minutes, sealed, for this browser only. It is taken once.
"""

import pickle
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from encryption import SealBrokenError, seal, unseal
from oauth_client.arrival import Arrival, connectable
from protocol.errors import SignInError
from providers.models import Provider
from web.cookies import PROVEN, delete_cookie, set_cookie, values_of
from web.redirects import HOMES, MAX_LENGTH

LIFETIME = 600  # seconds
PURPOSE = "account that may be connected"


@dataclass(frozen=True)
class ProvenAccount:
    """The account, and the provider as it was asked: if that changes, nothing is connected."""

    key: str
    provider: Provider
    arrival: Arrival

    @property
    def digest(self) -> str:
        """Return what the form sends back, so that nobody connects what they have not seen."""
        return sha256(self.key.encode()).hexdigest()[:16]


def keep(response: HttpResponse, provider: Provider, error: SignInError) -> None:
    """Keep the account of a failed sign-in, if its owner may connect it.

    The cookie has only the key: all our cookies share 7 KB.
    """
    if (arrival := connectable(error)) is None:
        return
    key = secrets.token_urlsafe(16)
    packed = pickle.dumps(ProvenAccount(key, provider, arrival))
    sealed = seal(packed, purpose=PURPOSE, context=key)
    caches["proven"].set(_name(key), sealed, LIFETIME)
    set_cookie(response, PROVEN, key, max_age=LIFETIME)


def find(request: HttpRequest) -> ProvenAccount | None:
    """Return the account that this browser has proven, None if there is none or it is too old."""
    key = next(iter(values_of(request, PROVEN)), "")
    sealed = caches["proven"].get(_name(key)) if key else None
    if sealed is None:
        return None
    with suppress(SealBrokenError):  # ENCRYPTION_KEYS are others now
        packed = unseal(sealed, purpose=PURPOSE, context=key)
        found: ProvenAccount = pickle.loads(packed)  # noqa: S301 - sealed, so it is ours
        return found
    return None


def take(request: HttpRequest, digest: str) -> ProvenAccount | None:
    """Return the account that the form was about, for the last time.

    Of two tabs that do this at once, only the one that has deleted it goes on.
    """
    found = find(request)
    if found is None or found.digest != digest:
        return None
    return found if caches["proven"].delete(_name(found.key)) else None


def forget(request: HttpRequest, response: HttpResponse) -> None:
    """Let nobody connect it any more."""
    for key in values_of(request, PROVEN)[:1]:
        caches["proven"].delete(_name(key))
        delete_cookie(response, PROVEN)


def asking_at(next_: str) -> str:
    """Return the address of the page that asks, and then goes on to `next_`."""
    page = reverse("connect_proven")
    address = f"{page}?{urlencode({'next': next_})}"
    return page if next_ in HOMES or len(address) > MAX_LENGTH else address


def is_asked_at(next_: str) -> bool:
    """Tell whether this is the page that asks."""
    return next_.partition("?")[0] == reverse("connect_proven")


def _name(key: str) -> str:
    return sha256(key.encode()).hexdigest()
