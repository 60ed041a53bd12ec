"""The queries by which other rooms read the log."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from audit.models import COMMAND_LINE, ITSELF, Action, AuditEvent, Result

MERGED_BY = {"merged_from", "merged_into"}  # in the events of accounts that a merge is about
CHUNK = 200  # rows that are in memory at a time


def events_of(person: object, count: int) -> list[AuditEvent]:
    """Return the latest events that somebody did, or that were done to them. Three queries.

    One query with OR would read the log from its end until it has found enough.
    """
    ids = ids_of(person)
    did = AuditEvent.objects.filter(actor_id__in=ids)[:count]
    met = AuditEvent.objects.filter(target_id__in=ids)[:count]
    events = {event.pk: event for event in [*did, *met]}
    return sorted(events.values(), key=lambda event: event.at, reverse=True)[:count]


def events_for(person: object) -> Iterator[dict[str, Any]]:
    """Yield the log's events about a person, row by row, in the form that they may read.

    Their own events have the IP address and the browser. An event that another person caused has
    neither that person's name nor their address.
    """
    ids = ids_of(person)
    did = AuditEvent.objects.filter(actor_id__in=ids)
    met = AuditEvent.objects.filter(target_id__in=ids).exclude(actor_id__in=ids)
    programs = (COMMAND_LINE.label, ITSELF.label)
    for event in in_chunks(did):
        yield _what(event) | {"by": "you", "ip": event.ip, "user_agent": event.user_agent}
    for event in in_chunks(met):
        is_program = not event.actor_id and event.actor_label in programs
        yield _what(event) | {"by": event.actor_label if is_program else "somebody else"}


def ids_of(person: object) -> list[str]:
    """Return the id of a person, and those of all who were merged into them."""
    ids = [str(person)]
    for each in ids:  # the loop also reaches the ids that it adds
        merged = AuditEvent.objects.filter(target_id=each, action=Action.MERGED)
        ids += [before["person"] for before in merged.values_list("before", flat=True)]
    return ids


def number_of_events(person: object) -> int:
    """Return how many events somebody did, or were done to them."""
    ids = ids_of(person)
    did, met = Q(actor_id__in=ids), Q(target_id__in=ids)
    return int(AuditEvent.objects.filter(did | met).count())


def person_merged_from(former: str) -> list[UUID]:
    """Return the id of the person into whom this former one was merged: one at most."""
    merged = AuditEvent.objects.filter(action=Action.MERGED, before__person=former)
    return [UUID(person) for person in merged.values_list("target_id", flat=True)]


def in_chunks(rows: QuerySet[Any]) -> Iterator[Any]:
    """Yield the rows, a few at a time, in the order of their keys now.

    Between two chunks no cursor is open: another thread may ask for the next one, and a reader may
    take its time.
    """
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        yield from rows.filter(pk__in=keys[start : start + CHUNK])


def _what(event: AuditEvent) -> dict[str, Any]:
    names = ("at", "action", "result", "reason", "target_type", "provider", "reference")
    return {name: getattr(event, name) for name in names}


def unread_replays(person: object) -> list[AuditEvent]:
    """Return the replays that ended this person's sessions since they last dismissed the notice."""
    read: Any = AuditEvent.objects.filter(actor_id=str(person), action=Action.REPLAY_READ)
    replays = AuditEvent.objects.filter(target_id=str(person), action=Action.REPLAYED)
    last = read.values_list("at", flat=True).first()
    return list(replays.filter(at__gt=last) if last else replays)


def addresses_of_sessions(sids: Iterable[object]) -> dict[str, str]:
    """Return from which IP address somebody last signed in with each session, if the log has it."""
    return _addresses(sids, (Action.SIGNED_IN, Action.ADMIN_SIGNED_IN))


@dataclass(frozen=True)
class ChangedWayIn:
    """An account that was connected to a person, or disconnected."""

    event: AuditEvent
    is_added: bool
    is_read: bool = False  # the notice of it is dismissed

    @property
    def key(self) -> str:
        return str(self.event.pk)

    @property
    def identity(self) -> tuple[str, str]:
        """Return the provider's slug and the `sub` there."""
        about = {"provider": self.event.provider} | self.event.after | self.event.before
        return about["provider"], about["uid"]

    @property
    def account(self) -> int | None:
        """Return the key of the account, None if it was disconnected."""
        return self.event.after["account"] if self.is_added else None


def changed_ways_in(person: object, since: datetime) -> list[ChangedWayIn]:
    """Return the accounts that were connected or disconnected.

    Only the latest change of each account counts. The account of the person's first sign-in is
    left out, because it was created with the person. Accounts that a merge has moved name the
    person as the target; an admin who has merged others is left out. This needs two queries.
    """
    kinds = (Action.LINKED, Action.WAYS_IN_READ)
    mine = AuditEvent.objects.filter(actor_id=str(person), action__in=kinds, at__gt=since)
    kinds = (Action.LINKED, Action.UNLINKED)
    met = AuditEvent.objects.filter(target_id=str(person), action__in=kinds, at__gt=since)
    own = [event for event in mine if not MERGED_BY.intersection(event.after)]
    events: dict[int, AuditEvent] = {event.pk: event for event in [*own, *met]}
    done = list(events.values())
    read = {event.target_id for event in done if event.action == Action.WAYS_IN_READ}
    added = [event for event in done if event.action == Action.LINKED and "account" in event.after]
    taken = [event for event in done if event.action == Action.UNLINKED]
    changes = [ChangedWayIn(event, True, str(event.pk) in read) for event in added]
    changes += [
        ChangedWayIn(event, False, str(event.pk) in read)
        for event in taken
        if "provider" in event.before
    ]
    changes.sort(key=lambda change: (change.event.at, change.event.pk))
    latest = {change.identity: change for change in changes}
    return [each for each in changes if each is latest[each.identity]]


def ways_in_of_the_other(person: object, account: int, since: datetime) -> list[ChangedWayIn]:
    """Return the accounts to which a merge has moved this one, unless that notice is dismissed.

    To whoever has this account, they are new ways in. It may have moved more than once. Only a
    session through this account dismisses the notice. This needs three queries.
    """
    linked = AuditEvent.objects.filter(action=Action.LINKED, at__gt=since)
    moved = linked.filter(after__account=account, after__has_key="merged_from")
    former = [event.after["merged_from"] for event in moved]
    found = linked.filter(target_id__in=former, after__has_key="merged_into").order_by("pk")
    done = AuditEvent.objects.filter(actor_id=str(person), action=Action.WAYS_IN_READ)
    read = set(done.filter(after__through=account).values_list("target_id", flat=True))
    latest = {event.after["account"]: event for event in found}
    return [ChangedWayIn(event, True) for event in latest.values() if str(event.pk) not in read]


def was_connected(account: int, since: datetime) -> bool:
    """Tell whether somebody who was here already got this account, by themselves or by a merge."""
    linked = AuditEvent.objects.filter(action=Action.LINKED, at__gt=since, after__account=account)
    return any("merged_into" not in event.after for event in linked)


def is_grant_revoked(person: object, account: int) -> bool:
    """Tell whether the provider has revoked the tokens of an account that was disconnected."""
    revoked = AuditEvent.objects.filter(
        target_id=str(person),
        action=Action.PROVIDER_TOKEN_REVOKED,
        result=Result.SUCCESS,
        before__account=account,
    )
    return bool(revoked.exists())


def addresses_of(sessions: Iterable[object]) -> dict[str, str]:
    """Return the same, and from which address each token for a script was made."""
    actions = (Action.SIGNED_IN, Action.ADMIN_SIGNED_IN, Action.TOKENS_MADE)
    return _addresses(sessions, actions)


def _addresses(sids: Iterable[object], actions: Sequence[Action]) -> dict[str, str]:
    events = AuditEvent.objects.filter(target_id__in=[str(sid) for sid in sids], action__in=actions)
    return dict(events.order_by("at", "pk").values_list("target_id", "ip"))  # the latest stays


def people_of_reference(reference: str) -> list[UUID]:
    """Return the known people whose sign-in was refused under this reference."""
    events = AuditEvent.objects.filter(reference=reference).exclude(actor_id="")
    return [UUID(person) for person in events.values_list("actor_id", flat=True)]
