"""Sessions that ended before their JWT expires, as this process knows them.

A revocation counts at once in the process that made it. The set is bounded by time: an entry goes
when the last JWT of its session has expired.
"""

import threading
import time

from django.conf import settings

MARGIN = 120  # seconds, for clocks that differ

_lock = threading.Lock()
_revoked_until: dict[str, float] = {}  # sid -> NumericDate at which the entry may go


def remember(sid: str, now: float | None = None) -> None:
    """Refuse the JWTs of this session from now on."""
    now = time.time() if now is None else now
    with _lock:
        for old in [old for old, until in _revoked_until.items() if until <= now]:
            del _revoked_until[old]
        _revoked_until[sid] = now + settings.SESSION_TOKEN_LIFETIME + MARGIN


def is_revoked(sid: str, now: float) -> bool:
    return _revoked_until.get(sid, 0) > now


def forget() -> None:
    _revoked_until.clear()
