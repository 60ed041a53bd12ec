"""How many sign-ins there were, by day (UTC), provider and diagnosis.

A day that is over does not change any more, so the background thread counts it once and keeps the
result. A page about a month reads thirty rows, and counts only today.
"""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from attempts.models import Process, SignInAttempt, SignInDay

DAYS = 30
SETTLED = timedelta(minutes=5)  # after midnight: by then every process has written its last row
INTERVAL = 60  # seconds between two looks for a day that is over

Counted = Counter[tuple[str, str]]  # provider and diagnosis, which is "" for a success
_looked = [float("-inf")]  # seconds, time.monotonic(): when all days that are over were kept


def last_days(now: datetime | None = None) -> dict[date, Counted]:
    """Return the last 30 days, the oldest first and today last: two queries."""
    days = _days(now or timezone.now())
    kept = {row.day: _opened(row) for row in SignInDay.objects.filter(day__gte=days[0])}
    missing = [day for day in days if day not in kept]
    counted = _count(missing[0], missing[-1])
    return {day: kept.get(day, counted.get(day, Counter())) for day in days}


def keep_days() -> None:
    """Keep one more day that is over, if there is one. Looks at most once in `INTERVAL`."""
    if time.monotonic() - _looked[0] >= INTERVAL and not keep_a_day():
        _looked[0] = time.monotonic()


def keep_a_day(now: datetime | None = None) -> bool:
    """Count and keep the oldest day that is over and not kept yet. Return whether there was one.

    Several processes may do so at once: they count the same.
    """
    now = now or timezone.now()
    days = _days(now)
    kept = set(SignInDay.objects.values_list("day", flat=True))
    missing = [day for day in days if is_over(day, now) and day not in kept]
    if not missing:
        return False
    day = missing[0]
    counts = [[*pair, number] for pair, number in _count(day, day).get(day, {}).items()]
    SignInDay.objects.bulk_create([SignInDay(day=day, counts=counts)], ignore_conflicts=True)
    SignInDay.objects.filter(day__lt=days[0]).delete()
    return True


def is_over(day: date, now: datetime) -> bool:
    """Tell whether that day can get no more rows."""
    return _midnight(day + timedelta(days=1)) + SETTLED <= now


def forget() -> None:
    """Begin anew, as a new process would."""
    _looked[0] = float("-inf")


def _days(now: datetime) -> list[date]:
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]


def _opened(row: SignInDay) -> Counted:
    return Counter({(provider, diagnosis): number for provider, diagnosis, number in row.counts})


def _count(first: date, last: date) -> Mapping[date, Counted]:
    """Count from one day to another, both included, in one query."""
    rows = (
        SignInAttempt.objects.filter(
            created_at__gte=_midnight(first), created_at__lt=_midnight(last + timedelta(days=1))
        )
        .exclude(process=Process.DRY_RUN)
        .annotate(day=TruncDate("created_at", tzinfo=UTC))
        .order_by()
        .values_list("day", "provider", "diagnosis")
        .annotate(number=Count("*"))
    )
    days: dict[date, Counted] = {}
    for day, provider, diagnosis, number in rows:
        days.setdefault(day, Counter())[provider, diagnosis] = number
    return days


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), UTC)
