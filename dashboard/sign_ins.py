"""How sign-ins went in the last 30 days, by day (UTC), provider and diagnosis."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Sum

from attempts.counting import BEGUN, REFUSED, RETURNED
from attempts.daily import Counted, last_days
from attempts.models import SignInCount
from diagnosis.refused_forms import FAULTS

SUCCESS = ""  # the diagnosis of a sign-in that worked


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
    refused_forms: Mapping[str, int]  # by their fault
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
    """Return the last 30 days, today included: three queries."""
    days = last_days(now)
    return SignIns(days, *_counts(min(days)))


def _counts(first: date) -> tuple[int, int, int, Mapping[str, int], int]:
    """Return who began, came back, was refused a start or a form, and failed without a row."""
    rows = SignInCount.objects.filter(day__gte=first).order_by().values_list("what")
    found = dict(rows.annotate(Sum("number")))
    begun, returned, refused = (found.pop(what, 0) for what in (BEGUN, RETURNED, REFUSED))
    forms = Counter({fault: found.pop(fault) for fault in FAULTS if fault in found})
    return begun, returned, refused, dict(forms.most_common()), sum(found.values())


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
