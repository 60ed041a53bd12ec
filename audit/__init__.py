"""Who did what here, when and from where: the audit log. It can be added to and read, no more.

`record` writes an event in the transaction of what it is about; `note` leaves it to the background
thread, where writing must neither cost nor fail a sign-in. docs/audit-log.md tells what is in it.

This is the whole of what other rooms may use. The names load on first use, because Django wants
its applications imported before their models.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.actor import COMMAND_LINE as COMMAND_LINE
    from audit.actor import ITSELF as ITSELF
    from audit.actor import UNKNOWN as UNKNOWN
    from audit.actor import Actor as Actor
    from audit.actor import Target as Target
    from audit.events import Action as Action
    from audit.events import Result as Result
    from audit.large_list import CappedPaginator as CappedPaginator
    from audit.reading import ChangedWayIn as ChangedWayIn
    from audit.reading import addresses_of as addresses_of
    from audit.reading import changed_ways_in as changed_ways_in
    from audit.reading import events_for as events_for
    from audit.reading import events_of as events_of
    from audit.reading import people_of_reference as people_of_reference
    from audit.reading import unread_replays as unread_replays
    from audit.recording import forget as forget
    from audit.recording import note as note
    from audit.recording import record as record
    from audit.recording import remove_expired as remove_expired
    from audit.recording import write as write
    from audit.snapshots import Snapshot as Snapshot
    from audit.snapshots import difference as difference
    from audit.snapshots import snapshot as snapshot

_WHERE = {
    "COMMAND_LINE": "actor",
    "ITSELF": "actor",
    "UNKNOWN": "actor",
    "Actor": "actor",
    "Target": "actor",
    "Action": "events",
    "Result": "events",
    "CappedPaginator": "large_list",
    "ChangedWayIn": "reading",
    "addresses_of": "reading",
    "changed_ways_in": "reading",
    "events_for": "reading",
    "events_of": "reading",
    "people_of_reference": "reading",
    "unread_replays": "reading",
    "forget": "recording",
    "note": "recording",
    "record": "recording",
    "remove_expired": "recording",
    "write": "recording",
    "Snapshot": "snapshots",
    "difference": "snapshots",
    "snapshot": "snapshots",
}
__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        message = f"audit does not offer {name}"
        raise AttributeError(message)
    found = getattr(import_module(f"audit.{_WHERE[name]}"), name)
    globals()[name] = found  # looked for once: sign-ins ask again and again
    return found
