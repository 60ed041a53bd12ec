"""How many sign-ins there were, by day (UTC), provider and diagnosis.

A day that is over does not change any more, so the background thread counts it once and keeps the
result. A page about a month reads thirty rows, and counts only today.
"""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from attempts.models import NO_SIGN_INS, SignInAttempt, SignInDay

DAYS = 30
SETTLED = timedelta(minutes=5)  # after midnight: by then every process has written its last row
INTERVAL = 60  # seconds between two looks for a day that is over
MIDNIGHT = time(tzinfo=UTC)

Counted = Counter[tuple[str, str]]  # provider and diagnosis, which is "" for a success
_looked = [float("-inf")]  # seconds, monotonic(): when no finished day was left to keep


def last_days(now: datetime | None = None) -> dict[date, Counted]:
    """Return the last 30 days, the oldest first and today last: two queries."""
    days = _days(now or timezone.now())
    kept = {row.day: row.counts for row in SignInDay.objects.filter(day__gte=days[0])}
    missing = [day for day in days if day not in kept]
    counted = _count(missing[0], missing[-1])
    for day, counts in kept.items():
        counted[day] = Counter({(provider, why): number for provider, why, number in counts})
    return {day: counted[day] for day in days}


def keep_days() -> None:
    """Keep one more day that is over, if there is one. Looks at most once in `INTERVAL`."""
    if monotonic() - _looked[0] >= INTERVAL and not keep_a_day():
        _looked[0] = monotonic()


def keep_a_day(now: datetime | None = None) -> bool:
    """Count and keep the oldest day that is over and not kept yet. Return whether there was one.

    Several processes may do so at once: they count the same.
    """
    now = now or timezone.now()
    days, unsettled = _days(now), (now - SETTLED).astimezone(UTC).date()
    kept = set(SignInDay.objects.values_list("day", flat=True))
    day = next((day for day in days if day < unsettled and day not in kept), None)
    if day is None:
        return False
    counts = [[*pair, number] for pair, number in _count(day, day)[day].items()]
    SignInDay.objects.bulk_create([SignInDay(day=day, counts=counts)], ignore_conflicts=True)
    SignInDay.objects.filter(day__lt=days[0]).delete()
    return True


def _days(now: datetime) -> list[date]:
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]


def _count(first: date, last: date) -> defaultdict[date, Counted]:
    """Count from one day to another, both included, in one query."""
    rows = (
        SignInAttempt.objects.filter(
            created_at__gte=datetime.combine(first, MIDNIGHT),
            created_at__lt=datetime.combine(last + timedelta(days=1), MIDNIGHT),
        )
        .exclude(process__in=NO_SIGN_INS)
        .annotate(day=TruncDate("created_at", tzinfo=UTC))
        .order_by()
        .values_list("day", "provider", "diagnosis")
        .annotate(number=Count("*"))
    )
    days: defaultdict[date, Counted] = defaultdict(Counter)
    for day, provider, diagnosis, number in rows:
        days[day][provider, diagnosis] = number
    return days
