"""Rows and numbers that the background thread writes a moment later, because nobody waits for them.

Whoever adds one needs no query. A process that is killed loses what it has not written yet.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, transaction
from django.db import Error as DatabaseError
from django.db.models import Model

from web.written_sql import NO_PLACES, add_numbers, insert

logger = logging.getLogger(__name__)
MOST = 2000  # waiting rows of about 2 KB each; any more are lost, and the log says so
Row = dict[str, Any]  # column -> its value
Counted = Mapping[tuple[str, ...], int]  # day and the values of columns -> the number


@dataclass
class LateRows:
    """Rows of a model. `lost` is what the log says if one cannot be written.

    `places` has SQL that stands in the place of a value; `finished` gives rows their last values.
    """

    model: type[Model]
    lost: str
    places: Mapping[str, str] = field(default_factory=lambda: NO_PLACES)
    finished: Callable[[list[Row]], list[Row]] = list
    most: int = MOST
    waiting: list[Row] = field(default_factory=list)
    # needs no lock: no thread sees an append or a deletion half done

    def add(self, row: Row) -> bool:
        """Leave a row to `write`; False if too many wait, and this one is lost."""
        if len(self.waiting) >= self.most:
            logger.error("%s: too many wait", self.lost)
            return False
        self.waiting.append(row)
        return True

    def write(self) -> None:
        """Write the waiting rows. This runs often. If the database is down, they wait longer."""
        if not (rows := self.waiting[:]):
            return
        finished = self.finished(rows)
        try:
            self._insert(finished)
        except (DataError, IntegrityError):  # write the others without the row that is wrong
            for row in finished:
                self.insert_or_say(row)
        del self.waiting[: len(rows)]

    def insert_or_say(self, row: Row) -> bool:
        """Write one row now; False, and a line in the log, if that fails."""
        try:
            self._insert([row])
        except DatabaseError as failure:
            logger.error("%s: %s", self.lost, type(failure).__name__)
            return False
        return True

    def _insert(self, rows: Sequence[Row]) -> None:
        """Insert rows, all or none."""
        with transaction.atomic():
            insert(self.model, rows, self.places)


@dataclass
class LateCounts:
    """Numbers of a day (UTC). A row of the model has `day`, these columns, and `number`.

    `finished` may give the numbers other keys, just before they are written.
    """

    model: type[Model]
    columns: tuple[str, ...]
    finished: Callable[[Counted], Counted] = dict
    counted: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *values: str) -> None:
        """Count one more today, unless too many different ones wait."""
        key = (datetime.now(UTC).date().isoformat(), *values)
        with self._lock:
            if len(self.counted) < MOST or key in self.counted:
                self.counted[key] += 1

    def write(self) -> None:
        """Add the numbers to those of their rows. If the database is down, they wait longer.

        Several processes may do so: in this order, none of them waits for one that waits for it.
        """
        with self._lock:
            counted = dict(self.counted)
            self.counted.clear()
        try:
            numbers = sorted(self.finished(counted).items()) if counted else []
            add_numbers(self.model, ("day", *self.columns), dict(numbers))
        except (InterfaceError, OperationalError):
            with self._lock:
                self.counted.update(counted)
            raise
