"""How an event gets into the log, and what it says about a row that has changed.

A change by an admin or a command is recorded in the same transaction. Either both are saved, or
neither is. An action of a visitor is noted here, and the background thread writes it a moment
later. So a sign-in needs no further statement, and it does not fail if the log cannot be written.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from audit.models import Action, Actor, AuditEvent, Result, Target
from web.shown import escaped
from web.written_sql import insert

logger = logging.getLogger(__name__)
SEALED = "sealed_"  # how the names of encrypted columns begin
DIGEST = "_digest"  # how the names of columns end that hold the hash of a secret
Snapshot = Mapping[str, Any]  # the columns of a row by name
MOST = 10_000  # notes that wait; any more are lost, and our own log says so
VALUE_LENGTH = 500  # characters of one value before and after
CHUNK = 1000  # rows of one transaction
COLUMNS: Any = AuditEvent._meta.concrete_fields  # noqa: SLF001 - documented by Django
LENGTHS: dict[str, int] = {column.name: column.max_length for column in COLUMNS}  # characters

_waiting: list[
    dict[str, Any]
] = []  # needs no lock: no thread sees an append or a deletion half done


def record(action: Action, actor: Actor, target: Target | None = None, **about: Any) -> None:
    """Write an event: one INSERT, in the transaction of the caller.

    `about` may have `result`, `reason`, `provider`, `reference`, `before` and `after`.
    """
    insert(AuditEvent, [_row(action, actor, target or Target(), **about)])


def note(action: Action, actor: Actor, target: Target | None = None, **about: Any) -> None:
    """Leave an event to `write`: this needs no query and raises nothing."""
    if len(_waiting) < MOST:
        _waiting.append(_row(action, actor, target or Target(), **about))
    else:
        logger.error("an audit event is lost, too many wait: action=%s", action)


def write() -> None:
    """Write the events that `note` has queued. If that fails, they wait for the next call."""
    if rows := _waiting[:CHUNK]:
        with transaction.atomic(savepoint=False):
            insert(AuditEvent, rows)
        del _waiting[: len(rows)]


def remove_expired() -> int:
    """Remove events older than AUDIT_RETENTION, if that is set. Return their number."""
    if not settings.AUDIT_RETENTION:
        return 0
    before = timezone.now() - timedelta(seconds=settings.AUDIT_RETENTION)
    expired = AuditEvent.objects.filter(at__lt=before)
    return int(models.QuerySet.delete(expired)[0])  # bypasses our own guard, here and nowhere else


def _row(
    action: Action,
    actor: Actor,
    target: Target,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    **about: str,
) -> dict[str, Any]:
    """Return the row. Every text is escaped and cut to its column."""
    texts = {
        "action": action,
        "result": Result.SUCCESS,
        "reason": "",
        "actor_id": actor.id,
        "actor_label": actor.label,
        "target_type": target.type,
        "target_id": target.id,
        "target_label": target.label,
        "ip": actor.ip,
        "user_agent": actor.user_agent,
        "provider": "",
        "reference": "",
    } | about
    for name, text in texts.items():
        cut = text[: LENGTHS[name]]
        texts[name] = cut if cut.isprintable() else escaped(cut)[: LENGTHS[name]]
    before, after = before and _visible_json(before), after and _visible_json(after)
    return {"at": timezone.now(), "before": before or {}, "after": after or {}, **texts}


def _visible_json(value: Any) -> Any:
    """Return a JSON value in which every text is visible; what JSON does not know becomes text."""
    if isinstance(value, str):
        return escaped(value[:VALUE_LENGTH])[:VALUE_LENGTH]
    if isinstance(value, dict):
        return {_visible_json(str(name)): _visible_json(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_visible_json(held) for held in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


@dataclass(frozen=True)
class Concealed:
    """A secret, which is compared with another and never shown."""

    value: object = field(repr=False)


def snapshot(row: models.Model) -> Snapshot:
    columns: dict[str, Any] = {}
    for column in row._meta.concrete_fields:  # noqa: SLF001 - documented by Django
        value = getattr(row, column.attname)
        if _is_secret(column.name):
            name = column.name.removeprefix(SEALED).removesuffix(DIGEST)
            columns[name] = Concealed(value or "")
        elif not isinstance(column, models.BinaryField):  # a file; another column has its name
            is_plain = value is None or isinstance(value, str | int | float | bool | dict | list)
            columns[column.name] = value if is_plain else column.value_to_string(row)
    return columns


def _is_secret(column: str) -> bool:
    return column.startswith(SEALED) or column.endswith(DIGEST) or column == "password"


def difference(before: Snapshot, after: Snapshot) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the columns that differ: first their old values, then their new ones.

    A secret is left out of the old values. In the new values it is `changed` or `removed`.
    """
    names = [name for name in {**before, **after} if _value(before, name) != _value(after, name)]
    was = {name: before[name] for name in names if name in before}
    now = {name: after[name] for name in names if name in after}
    for name, value in now.items():
        if isinstance(value, Concealed):
            now[name] = "changed" if value.value else "removed"
    return {name: was[name] for name in was if not isinstance(was[name], Concealed)}, now


def _value(columns: Snapshot, name: str) -> Any:
    value = columns.get(name)
    return None if value == Concealed("") else value
