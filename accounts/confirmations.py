"""Which generation of a session has arrived at its client.

A refresh token may be used late as long as nobody has been seen with its successor. A JWT carries
its generation; its first sight in a process is noted here, and written some time later, all at
once, by `accounts.background`. A note that is lost makes a replay go unnoticed once, and no more.
"""

import threading

from django.db import transaction
from django.db.models import Case, IntegerField, Value, When

from accounts.models import Session

MOST = 10_000  # notes; what comes on top before they are written is not taken down

_lock = threading.Lock()
_seen: dict[str, int] = {}  # sid -> generation


def note(sid: object, generation: object) -> None:
    """Remember that a client has presented a JWT of this generation, signed by us."""
    if isinstance(sid, str) and type(generation) is int and generation > 0:
        with _lock:
            if len(_seen) < MOST:
                _seen[sid] = max(generation, _seen.get(sid, 0))


def write() -> None:
    """Write down what has been noted, in one statement.

    A session that somebody changes at this moment is left out: whoever changes several could wait
    for one of them here, while this waits for another of theirs.
    """
    with _lock:
        seen = dict(_seen)
        _seen.clear()
    if not seen:
        return
    noted = Case(
        *(When(pk=sid, then=Value(generation)) for sid, generation in seen.items()),
        output_field=IntegerField(),
    )
    behind = Session.objects.filter(pk__in=seen, confirmed_generation__lt=noted)
    free = behind.select_for_update(skip_locked=True).values("pk")
    with transaction.atomic(savepoint=False):
        Session.objects.filter(pk__in=free).update(confirmed_generation=noted)


def forget() -> None:
    _seen.clear()
