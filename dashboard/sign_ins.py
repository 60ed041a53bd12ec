"""How many sign-ins there were, by day (UTC), provider and diagnosis.

A day that is over does not change any more, so each is counted once and kept; only today is counted
again, once a minute. So a million rows are read when the cache is empty, and ten thousand
otherwise.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from dashboard.remembered import keep, recall
from oauth_client.attempts.counting import BEGUN, REFUSED, RETURNED
from oauth_client.attempts.models import SignInAttempt, SignInCount
from oauth_client.progress import Process

DAYS = 30
TODAY_IS_KEPT = 60  # seconds
PAST_IS_KEPT = 86_400 * (DAYS + 1)  # seconds
SETTLED = timedelta(minutes=5)  # after midnight: by then every process has written its last row
SUCCESS = ""  # the diagnosis of a sign-in that worked

Counted = Counter[tuple[str, str]]  # provider and diagnosis


@dataclass(frozen=True)
class Outcome:
    """How many signed in, and how many failed."""

    succeeded: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.succeeded + self.failed

    @property
    def failed_percent(self) -> float:
        return 100 * self.failed / self.total if self.total else 0.0


@dataclass(frozen=True)
class SignIns:
    """What was counted, the oldest day first and today last."""

    days: Mapping[date, Counted]
    begun: int  # by those who were sent to a provider
    returned: int  # of them
    refused: int  # starts that were too many from one address
    only_counted: int  # failures without a sign-in in progress, or too many from one address

    @property
    def providers(self) -> list[str]:
        """Return the slugs, the busiest first."""
        return [slug for slug, _ in _sum(self.days, key=0).most_common()]

    @property
    def causes(self) -> list[tuple[str, int]]:
        """Return the diagnoses with their numbers, the most frequent first."""
        return [pair for pair in _sum(self.days, key=1).most_common() if pair[0] != SUCCESS]

    @property
    def unfinished(self) -> int:
        """Tell how many began and never came back; those still on their way count with them."""
        return max(0, self.begun - self.returned)

    @property
    def outcome(self) -> Outcome:
        return _outcome(sum(self.days.values(), Counter()))

    def by_day(self, slug: str | None = None) -> list[tuple[date, Outcome]]:
        """Return each day's outcome, of one provider or of all."""
        return [(day, _outcome(counted, slug)) for day, counted in self.days.items()]


def sign_ins(now: datetime | None = None) -> SignIns:
    """Count the last 30 days, today included."""
    now = now or timezone.now()
    days = [now.date() - timedelta(days=ago) for ago in reversed(range(DAYS))]
    known = recall([_name(day) for day in days])
    missing = [day for day in days if _name(day) not in known]
    counted = _count(missing[0], missing[-1]) if missing else {}
    _keep(counted, missing, now)
    found = {day: known.get(_name(day), counted.get(day, {})) for day in days}
    return SignIns({day: Counter(found[day]) for day in days}, *_counts(days[0]))


def _count(first: date, last: date) -> dict[date, dict[tuple[str, str], int]]:
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
    days: dict[date, dict[tuple[str, str], int]] = {}
    for day, provider, diagnosis, number in rows:
        days.setdefault(day, {})[provider, diagnosis] = number
    return days


def is_over(day: date, now: datetime) -> bool:
    """Tell whether no row of that day can come any more."""
    return _midnight(day + timedelta(days=1)) + SETTLED <= now


def _keep(counted: dict[date, dict[tuple[str, str], int]], days: list[date], now: datetime) -> None:
    """Keep the days that are over for good, and the present one for a minute."""
    for over, seconds in ((True, PAST_IS_KEPT), (False, TODAY_IS_KEPT)):
        some = [day for day in days if is_over(day, now) == over]
        keep({_name(day): counted.get(day, {}) for day in some}, seconds)


def _counts(first: date) -> tuple[int, int, int, int]:
    """Return how many began, came back, were refused a start, and failed without a row."""
    rows = SignInCount.objects.filter(day__gte=first).order_by().values_list("what")
    found = dict(rows.annotate(Sum("number")))
    begun, returned, refused = (found.pop(what, 0) for what in (BEGUN, RETURNED, REFUSED))
    return begun, returned, refused, sum(found.values())


def _sum(days: Mapping[date, Counted], key: int) -> Counter[str]:
    """Add up all days by one half of the key."""
    total: Counter[str] = Counter()
    for counted in days.values():
        for pair, number in counted.items():
            total[pair[key]] += number
    return total


def _outcome(counted: Counted, slug: str | None = None) -> Outcome:
    mine = [(what, number) for (by, what), number in counted.items() if slug in (None, by)]
    failed = sum(number for what, number in mine if what != SUCCESS)
    return Outcome(sum(number for _, number in mine) - failed, failed)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _name(day: date) -> str:
    return f"day:{day}"
