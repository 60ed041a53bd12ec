"""The log as CSV and as JSON lines, streamed row by row with the newest first."""

import csv
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from audit.models import AuditEvent

# A spreadsheet reads a cell that begins with one of these as a formula. The full-width and small
# forms count too (owasp.org/www-community/attacks/CSV_Injection). U+2212 is the mathematical minus.
FORMULA = ("=", "+", "-", "@", "\u2212")
CONTROLS = ("\t", "\r", "\n")
# In countries that write 1,5 for a number, spreadsheets split CSV at semicolons.
OTHER_SEPARATORS = re.compile("([;\t\r\n])")
COLUMNS = [column.name for column in AuditEvent._meta.concrete_fields]  # noqa: SLF001
CHUNK = 2000  # rows of one query


def csv_lines(events: Any) -> Iterator[str]:
    """Yield a head line and a line for each event (RFC 4180)."""
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for event in _rows(events):
        yield writer.writerow([_cell(value) for value in event.values()])


def json_lines(events: Any) -> Iterator[str]:
    """Yield one JSON object for each event."""
    for event in _rows(events):
        yield json.dumps(event, ensure_ascii=False) + "\n"


class Echo:
    """A file whose `write` returns the line, so that `writerow` returns it too."""

    def write(self, line: str) -> str:
        return line


def _rows(events: Any) -> Iterator[dict[str, Any]]:
    """Yield the events in chunks. An index finds the start of the next chunk.

    With a cursor, PostgreSQL would find all of a million events before it returned the first.
    """
    events = events.order_by("-at", "-pk").values(*COLUMNS)
    rows = list(events[:CHUNK])
    while rows:
        yield from (row | {"at": row["at"].isoformat()} for row in rows)
        at, pk = rows[-1]["at"], rows[-1]["id"]
        rows = list(events.filter(Q(at__lt=at) | Q(pk__lt=pk), at__lte=at)[:CHUNK])


def _cell(value: object) -> str:
    """Return a value as a cell that is not a formula, even if a spreadsheet splits the cell."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).replace(";", "\\u003b")
    pieces = OTHER_SEPARATORS.split(str(value))
    text = "".join(f"'{piece}" if _is_formula(piece) else piece for piece in pieces)
    return f"'{text}" if text.startswith(CONTROLS) else text


def _is_formula(text: str) -> bool:
    """Tell whether a cell begins like a formula, also after blanks and invisible characters."""
    first = next((char for char in text if char.isprintable() and not char.isspace()), "")
    return unicodedata.normalize("NFKC", first).startswith(FORMULA)
