"""The log as CSV and as JSON lines, streamed row by row, the newest first."""

import csv
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from audit.models import AuditEvent

# With which a spreadsheet begins to calculate (owasp.org/www-community/attacks/CSV_Injection).
# Their full-width and small forms are the same to it, and so is U+2212, the mathematical minus.
FORMULA = ("=", "+", "-", "@", "\u2212")
CONTROLS = ("\t", "\r", "\n")
# Where a comma stands in numbers, spreadsheets split what comes as CSV at semicolons instead.
OTHER_SEPARATORS = re.compile("([;\t\r\n])")
COLUMNS = [column.name for column in AuditEvent._meta.concrete_fields]  # noqa: SLF001
CHUNK = 2000  # rows of one query


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


def _rows(events: Any) -> Iterator[dict[str, Any]]:
    for event in _in_chunks(events.order_by("-at", "-pk")):
        row = {name: getattr(event, name) for name in COLUMNS}
        yield row | {"at": event.at.isoformat(), "action": str(event.action)}


def _in_chunks(events: Any) -> Iterator[AuditEvent]:
    """Read on from the last event, by an index.

    Through a cursor, PostgreSQL would find all of a million before it gives the first.
    """
    chunk = list(events[:CHUNK])
    while chunk:
        yield from chunk
        last = chunk[-1]
        before = Q(at__lt=last.at) | Q(pk__lt=last.pk)
        chunk = list(events.filter(before, at__lte=last.at)[:CHUNK])


def _cell(value: object) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula, wherever it splits."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).replace(";", "\\u003b")
    pieces = OTHER_SEPARATORS.split(str(value))
    text = "".join(f"'{piece}" if _is_formula(piece) else piece for piece in pieces)
    return f"'{text}" if text.startswith(CONTROLS) else text


def _is_formula(text: str) -> bool:
    """Tell whether a cell begins so, also after blanks and what nobody sees."""
    first = next((char for char in text if char.isprintable() and not char.isspace()), "")
    return unicodedata.normalize("NFKC", first).startswith(FORMULA)
