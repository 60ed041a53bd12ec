"""What other rooms show of the log."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from audit.events import Action
from audit.models import AuditEvent


def events_of(person: object, count: int) -> list[AuditEvent]:
    """Return the latest events that somebody did or that were done to them: two queries.

    One query with OR would read the log from its end until it has found enough.
    """
    did = AuditEvent.objects.filter(actor_id=str(person))[:count]
    met = AuditEvent.objects.filter(target_id=str(person))[:count]
    events = {event.pk: event for event in [*did, *met]}
    return sorted(events.values(), key=lambda event: event.at, reverse=True)[:count]


def unread_replays(person: object) -> list[AuditEvent]:
    """Return when a session of somebody ended by a replay, since they last read of it."""
    read: Any = AuditEvent.objects.filter(actor_id=str(person), action=Action.REPLAY_READ)
    replays = AuditEvent.objects.filter(target_id=str(person), action=Action.REPLAYED)
    last = read.values_list("at", flat=True).first()
    return list(replays.filter(at__gt=last) if last else replays)


def addresses_of(sessions: Iterable[object]) -> dict[str, str]:
    """Return from which address each of these sessions began, where that is known."""
    began = AuditEvent.objects.filter(
        target_id__in=[str(sid) for sid in sessions],
        action__in=(Action.SIGNED_IN, Action.ADMIN_SIGNED_IN, Action.TOKENS_MADE),
    )
    return dict(began.values_list("target_id", "ip"))


def people_of_reference(reference: str) -> list[UUID]:
    """Return who was refused under this reference, if somebody known was."""
    events = AuditEvent.objects.filter(reference=reference).exclude(actor_id="")
    return [UUID(person) for person in events.values_list("actor_id", flat=True)]
