"""How an event gets into the log.

A change by an admin or a command is recorded in the same transaction. Either both are saved, or
neither is. An action of a visitor is noted here, and the background thread writes it a moment
later. So a sign-in needs no further statement, and it does not fail if the log cannot be written.
"""

import logging
import threading
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from audit.actor import Actor, Target
from audit.events import Action
from audit.models import AuditEvent
from web.shown import escaped

logger = logging.getLogger(__name__)
MOST = 10_000  # notes that wait; any more are lost, and our own log says so
VALUE_LENGTH = 500  # characters of one value before and after
CHUNK = 1000  # rows of one INSERT
COLUMNS: Any = AuditEvent._meta.concrete_fields  # noqa: SLF001 - documented by Django
LENGTHS: dict[str, int] = {column.name: column.max_length for column in COLUMNS}  # characters

_lock = threading.Lock()
_waiting: list[AuditEvent] = []


def record(action: Action, actor: Actor, target: Target | None = None, **about: Any) -> None:
    """Write an event: one INSERT, in the transaction of the caller.

    `about` may have `result`, `reason`, `provider`, `reference`, `before` and `after`.
    """
    _event(action, actor, target or Target(), **about).save(force_insert=True)


def note(action: Action, actor: Actor, target: Target | None = None, **about: Any) -> None:
    """Leave an event to `write`: this needs no query and raises nothing."""
    event = _event(action, actor, target or Target(), **about)
    with _lock:
        is_full = len(_waiting) >= MOST
        if not is_full:
            _waiting.append(event)
    if is_full:
        logger.error("an audit event is lost, too many wait: action=%s", action)


def write() -> None:
    """Write the events that `note` has queued. If that fails, they wait for the next call."""
    with _lock:
        events = _waiting[:CHUNK]
    if not events:
        return
    AuditEvent.objects.bulk_create(events)
    with _lock:
        del _waiting[: len(events)]


def forget() -> None:
    """Start again, as a new process would."""
    _waiting.clear()


def remove_expired(now: datetime | None = None) -> int:
    """Remove events older than AUDIT_RETENTION, if that is set. Return their number."""
    if not settings.AUDIT_RETENTION:
        return 0
    before = (now or timezone.now()) - timedelta(seconds=settings.AUDIT_RETENTION)
    expired = AuditEvent.objects.filter(at__lt=before)
    return int(QuerySet.delete(expired)[0])  # past our own guard, here and nowhere else


def _event(
    action: Action,
    actor: Actor,
    target: Target,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    **about: str,
) -> AuditEvent:
    """Make the row. Every text is escaped and cut to its column."""
    text = {
        "actor_id": actor.id,
        "actor_label": actor.label,
        "target_type": target.type,
        "target_id": target.id,
        "target_label": target.label,
        "ip": actor.ip,
        "user_agent": actor.user_agent,
    } | about
    return AuditEvent(
        action=action,
        before=_visible_json(before) if before else {},
        after=_visible_json(after) if after else {},
        **{name: _visible(value, LENGTHS[name]) for name, value in text.items()},
    )


def _visible(text: str, length: int) -> str:
    """Return a text with control and direction characters escaped, cut to `length` characters."""
    cut = text[:length]
    return cut if cut.isprintable() else escaped(cut)[:length]


def _visible_json(value: Any) -> Any:
    """Return a JSON value in which every text is visible; what JSON does not know becomes text."""
    if isinstance(value, str):
        return _visible(value, VALUE_LENGTH)
    if isinstance(value, dict):
        return {_visible_json(str(name)): _visible_json(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_visible_json(held) for held in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
