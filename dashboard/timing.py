"""How long the steps of a sign-in take, from the last few hundred that worked.

The messages of a sign-in are the heavy part of its row, so not all of them are read.
"""

from dataclasses import dataclass
from statistics import median

from attempts.ended import Process
from attempts.hops import from_json
from attempts.models import SignInAttempt

SAMPLE = 300  # sign-ins
NAMES = {6: "Token endpoint answers", 7: "Provider says who it is"}
HERE = "Signet itself"


@dataclass(frozen=True)
class Timing:
    """The median of a part of the sign-in, in milliseconds."""

    name: str
    milliseconds: int


@dataclass(frozen=True)
class Timings:
    """The parts, and of how many sign-ins they are the medians."""

    parts: list[Timing]
    sample: int


def timings() -> Timings:
    """Read the messages of the sample, and take the medians."""
    real = SignInAttempt.objects.filter(diagnosis="").exclude(process=Process.DRY_RUN)
    rows = real.order_by("-created_at")[:SAMPLE]
    spans = [_spans(*row) for row in rows.values_list("milliseconds", "hops")]
    parts = [_median(name, spans) for name in (*NAMES.values(), HERE)]
    return Timings([part for part in parts if part], len(spans))


def _spans(milliseconds: int, hops: str) -> dict[str, int]:
    """Return how long each part of one sign-in took; what is not waiting is our own."""
    spans: dict[str, int] = {}
    for hop in from_json(hops):
        if hop.milliseconds is not None and hop.step in NAMES:
            spans[NAMES[hop.step]] = spans.get(NAMES[hop.step], 0) + hop.milliseconds
    return spans | {HERE: max(0, milliseconds - sum(spans.values()))}


def _median(name: str, spans: list[dict[str, int]]) -> Timing | None:
    """Return the median of those sign-ins that had this part at all."""
    found = [each[name] for each in spans if name in each]
    return Timing(name, round(median(found))) if found else None
