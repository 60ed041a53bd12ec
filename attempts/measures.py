"""What Prometheus is told of sign-ins: numbers in memory, which cost microseconds (`/metrics`).

Labels are slugs of providers, steps and the closed list of diagnoses: nobody can make up a series.
"""

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from prometheus_client import Counter, Histogram

from outgoing.trace import Party, Recorder

if TYPE_CHECKING:
    from attempts.ended import Ended

Metric = TypeVar("Metric", Counter, Histogram)
FINISHED = "finished"
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds; a sign-in ends after ten

EVENTS = Counter(
    "signet_sign_in_events",
    "Sign-ins begun and returned, and failures that no sign-in of the browser belongs to",
    ["provider", "what"],
)
SIGN_INS = Counter(
    "signet_sign_ins",
    "Sign-ins that ended: finished, or by the diagnosis of their failure",
    ["provider", "process", "outcome"],
)
SECONDS = Histogram(
    "signet_sign_in_seconds",
    "From the authorization response until the sign-in has ended",
    ["provider"],
    buckets=BUCKETS,
)
ANSWER_SECONDS = Histogram(
    "signet_provider_answer_seconds",
    "How long a provider took to answer a request of ours, by the step of the flow",
    ["provider", "step"],
    buckets=BUCKETS,
)


def event(provider: str, what: str) -> None:
    """Count what makes no row."""
    _series(EVENTS, provider, what).inc()


def ended(provider: str, recorder: Recorder, end: "Ended", seconds: float) -> None:
    """Count a sign-in that has ended, and how long the provider took in it."""
    _series(SIGN_INS, provider, end.process, end.diagnosis or FINISHED).inc()
    _series(SECONDS, provider).observe(seconds)
    for hop in recorder.hops:
        if hop.source == Party.PROVIDER and hop.milliseconds is not None:
            _series(ANSWER_SECONDS, provider, hop.step).observe(hop.milliseconds / 1000)


@cache  # every sign-in asks for several, and there are no more than the labels allow
def _series(metric: Metric, *labels: object) -> Metric:
    return metric.labels(*map(str, labels))
