"""How did sign-ins go in the last 30 days, and how long did they take?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.db.models import Sum
from django.utils.translation import gettext_noop

from attempts.counting import BEGUN, REFUSED, RETURNED
from attempts.daily import Counted, last_days
from attempts.models import NO_SIGN_INS, SignInAttempt, SignInCount, from_json
from diagnosis.refused_forms import FAULTS

SUCCESS = ""  # the diagnosis of a sign-in that worked
SAMPLE = 300  # sign-ins; their messages are the heavy part of a row
# By step: what a sign-in waits for
PARTS = {6: gettext_noop("Token request"), 7: gettext_noop("Profile request")}
HERE = gettext_noop("Signet")


@dataclass(frozen=True)
class Tally:
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
    """All numbers of these days, the oldest day first and today last."""

    days: Mapping[date, Counted]
    started: int  # sent to a provider
    returned: int  # from there
    refused: int  # starts, because too many came from one address
    refused_forms: list[tuple[str, int]]  # their fault and number, the most frequent first
    only_counted: int  # failures without a sign-in in progress, or too many from one address

    @property
    def providers(self) -> list[str]:
        """Return the slugs, the busiest first."""
        return [slug for slug, _ in self._most_common(0)]

    @property
    def causes(self) -> list[tuple[str, int]]:
        """Return the diagnoses with their numbers, the most frequent first."""
        return [pair for pair in self._most_common(1) if pair[0] != SUCCESS]

    @property
    def unfinished(self) -> int:
        """Return how many sign-ins have not come back from the provider so far."""
        return max(0, self.started - self.returned)

    def tally(self, slug: str | None = None) -> Tally:
        """Return the tally of all days, for one provider or for all."""
        return _tally(sum(self.days.values(), Counter()), slug)

    def by_day(self, slug: str | None = None) -> list[tuple[date, Tally]]:
        return [(day, _tally(counted, slug)) for day, counted in self.days.items()]

    def _most_common(self, key: int) -> list[tuple[str, int]]:
        """Add up all days by provider (key 0) or by diagnosis (key 1)."""
        total: Counter[str] = Counter()
        for counted in self.days.values():
            for pair, number in counted.items():
                total[pair[key]] += number
        return total.most_common()


def sign_ins(now: datetime | None = None) -> SignIns:
    """Count the last 30 days (UTC), today included, in three queries."""
    days = last_days(now)
    rows = SignInCount.objects.filter(day__gte=min(days)).order_by().values_list("what")
    numbers = dict(rows.annotate(Sum("number")))
    started, returned, refused = (numbers.pop(what, 0) for what in (BEGUN, RETURNED, REFUSED))
    forms = Counter({fault: numbers.pop(fault) for fault in FAULTS if fault in numbers})
    return SignIns(days, started, returned, refused, forms.most_common(), sum(numbers.values()))


def _tally(counted: Counted, slug: str | None) -> Tally:
    numbers = [(what, number) for (by, what), number in counted.items() if slug in (None, by)]
    failed = sum(number for what, number in numbers if what != SUCCESS)
    return Tally(sum(number for _, number in numbers) - failed, failed)


def timings() -> tuple[list[tuple[str, int]], int]:
    """Return each part of a sign-in with its median in milliseconds, and the size of the sample."""
    worked = SignInAttempt.objects.filter(diagnosis=SUCCESS).exclude(process__in=NO_SIGN_INS)
    rows = worked.order_by("-created_at")[:SAMPLE].values_list("milliseconds", "hops")
    spans = [_spans(*row) for row in rows]
    times = {
        name: [each[name] for each in spans if name in each] for name in (*PARTS.values(), HERE)
    }
    return [(name, round(median(values))) for name, values in times.items() if values], len(spans)


def _spans(milliseconds: int, hops: str) -> dict[str, int]:
    """Return how long each part of one sign-in took; Signet took what is left."""
    spans: Counter[str] = Counter()
    for hop in from_json(hops):
        if hop.milliseconds is not None and hop.step in PARTS:
            spans[PARTS[hop.step]] += hop.milliseconds
    return spans | {HERE: max(0, milliseconds - sum(spans.values()))}
