"""Count what makes no row: a flood of it costs a number in memory, written a few times a second.

What a process has counted and not written yet is lost when it is killed.
"""

import threading
from collections import Counter
from datetime import UTC, date, datetime

from django.db.models import F

from attempts import measures
from attempts.models import SignInCount

BEGUN = "begun"
RETURNED = "returned"
REFUSED = "refused"  # starts that were too many from one address
ANY_PROVIDER = ""  # where nobody has looked yet whether there is one of the name

_lock = threading.Lock()
_counted: Counter[tuple[date, str, str]] = Counter()


def count(provider: str, what: str) -> None:
    """Count one more today. `provider` is the slug of a row, so that nobody can make up keys."""
    measures.event(provider, what)
    with _lock:
        _counted[datetime.now(UTC).date(), provider, what] += 1


def write() -> None:
    """Write down what has been counted: a statement for each provider and kind of event."""
    with _lock:
        counted = dict(_counted)
        _counted.clear()
    for (day, provider, what), number in counted.items():
        row = SignInCount(day=day, provider=provider, what=what)
        if not _add(row, number):  # of several processes that make the day's row, one does
            SignInCount.objects.bulk_create([row], ignore_conflicts=True)
            _add(row, number)


def _add(row: SignInCount, number: int) -> bool:
    same = SignInCount.objects.filter(day=row.day, provider=row.provider, what=row.what)
    return bool(same.update(number=F("number") + number))


def forget() -> None:
    _counted.clear()
