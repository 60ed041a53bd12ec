"""Remember in a browser which accounts it has connected or disconnected.

The person at that browser needs no warning of what they have just done. Every other browser warns.
"""

import json
from hashlib import sha256

from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from audit.reading import ChangedWayIn
from web.cookies import CHANGED_HERE
from web.sealed_cookies import SealedCookie

SEALED = SealedCookie("accounts changed in this browser")
KEPT = 30 * 86_400  # seconds, as long as a notice is shown
CALM = 600  # seconds without a warning of a connected account: somebody may have used this browser
EXACT = 60  # seconds between the event and our note of it
MOST = 4  # changes in the cookie


def keep_change_made_here(
    request: HttpRequest, response: HttpResponse, accounts: list[SocialAccount], *, is_added: bool
) -> None:
    """Set the cookie of the person who is signed in. Nobody else can open it."""
    person = str(request.user.pk)
    keys = [_key(account.provider, account.uid, is_added=is_added) for account in accounts]
    changes = [*_changes(request, person), *((key, int(_now())) for key in keys)][-MOST:]
    SEALED.set(response, CHANGED_HERE, json.dumps(changes), max_age=KEPT, context=person)


def was_made_here(request: HttpRequest, change: ChangedWayIn) -> bool:
    """Tell whether this browser made the change; of a connected account, only for ten minutes."""
    key, at = _key(*change.identity, is_added=change.is_added), change.event.at.timestamp()
    if change.is_added and _now() - at > CALM:
        return False
    changes = _changes(request, str(request.user.pk))
    return any(kept == key and abs(at - noted) <= EXACT for kept, noted in changes)


def _changes(request: HttpRequest, person: str) -> list[tuple[str, int]]:
    texts = SEALED.texts_in(request, CHANGED_HERE, context=person)
    return [(key, noted) for (text,) in texts for key, noted in json.loads(text)]


def _key(provider: str, uid: str, *, is_added: bool) -> str:
    return sha256(f"{is_added} {provider} {uid}".encode()).hexdigest()[:16]


def _now() -> float:
    return timezone.now().timestamp()
