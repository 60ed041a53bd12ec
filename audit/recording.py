"""How an event gets into the log.

A change by an admin or a command is recorded in the same transaction. Either both are saved, or
neither is. An action of a visitor is noted here, and the background thread writes it a moment
later. So a sign-in needs no further statement, and it does not fail if the log cannot be written.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from audit.models import Action, Actor, AuditEvent, Target
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


SEALED = "sealed_"  # how the names of encrypted columns begin
SECRET = ("password",)
Snapshot = Mapping[str, Any]


@dataclass(frozen=True)
class Concealed:
    """A secret, which is compared with another and never shown."""

    value: object = field(repr=False)


def snapshot(row: models.Model) -> Snapshot:
    """Return the columns of a row by name."""
    return dict(_column(row, column) for column in row._meta.concrete_fields)  # noqa: SLF001


def difference(before: Snapshot, after: Snapshot) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the columns that differ: first their old values, then their new ones.

    A secret is left out of the old values. In the new values it is `changed` or `removed`.
    """
    names = [name for name in {**before, **after} if _value(before, name) != _value(after, name)]
    was = {name: before[name] for name in names if name in before}
    return (
        {name: value for name, value in was.items() if not isinstance(value, Concealed)},
        {name: _shown(after[name]) for name in names if name in after},
    )


def _value(columns: Snapshot, name: str) -> Any:
    value = columns.get(name)
    return None if value == Concealed("") else value


def _shown(value: Any) -> Any:
    if isinstance(value, Concealed):
        return "changed" if value.value else "removed"
    return value


def _column(row: models.Model, column: Any) -> tuple[str, Any]:
    value = getattr(row, column.attname)
    if column.name.startswith(SEALED) or column.name in SECRET:
        return column.name.removeprefix(SEALED), Concealed(value or "")
    is_plain = value is None or isinstance(value, str | int | float | bool | dict | list)
    return column.name, value if is_plain else column.value_to_string(row)
