"""The generation of a session that has arrived at the browser or script.

A refresh token may be used late as long as nobody has used a token of the next generation. Each
JWT carries its generation. When a process first sees a JWT, it notes the generation here. The
background thread saves all notes together. A lost note hides one replay at most.
"""

import threading

from django.db import transaction
from django.db.models import Case, IntegerField, Value, When

from sessions.models import Session

MOST = 10_000  # notes that wait to be saved; any more are not taken

_lock = threading.Lock()
_seen: dict[str, int] = {}  # sid -> generation


def note(sid: object, generation: object) -> None:
    """Remember that somebody has presented a JWT of this generation, signed by us."""
    if isinstance(sid, str) and type(generation) is int and generation > 0:
        with _lock:
            if len(_seen) < MOST:
                _seen[sid] = max(generation, _seen.get(sid, 0))


def write() -> None:
    """Save what has been noted, in one statement.

    A session that another transaction is changing is left out. That transaction may change several,
    and the two could wait for each other.
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
