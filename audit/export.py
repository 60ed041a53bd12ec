"""The log as CSV and as JSON lines, streamed row by row."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from audit.models import AuditEvent

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet begins to calculate
COLUMNS = [column.name for column in AuditEvent._meta.concrete_fields]  # noqa: SLF001
CHUNK = 2000  # rows that are in memory at a time


def csv_lines(events: Any) -> Iterator[str]:
    """Give a head line and a line for each event (RFC 4180)."""
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for event in _rows(events):
        yield writer.writerow([_cell(value) for value in event.values()])


def json_lines(events: Any) -> Iterator[str]:
    """Give one JSON object for each event."""
    for event in _rows(events):
        yield json.dumps(event, ensure_ascii=False) + "\n"


class Echo:
    """A file whose `write` returns what it was given, so that `writerow` does."""

    def write(self, line: str) -> str:
        return line


def _rows(events: Any) -> Iterable[dict[str, Any]]:
    for event in events.iterator(chunk_size=CHUNK):
        row = {name: getattr(event, name) for name in COLUMNS}
        yield row | {"at": event.at.isoformat(), "action": str(event.action)}


def _cell(value: object) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
