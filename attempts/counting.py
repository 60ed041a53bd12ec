"""Count sign-ins in memory: for Prometheus (`/metrics`), and for the admin those without a row.

A flood costs only a number in memory, which is written a few times a second. A process that is
killed loses what it has not written yet. The labels for Prometheus are slugs of providers, steps
and the closed list of diagnoses, so nobody can invent a series.
"""

import time
from collections.abc import Sequence

import prometheus_client
from prometheus_client import Histogram

from attempts.models import Ended, SignInCount
from outgoing.trace import Hop, Party, Recorder
from web.late_rows import LateCounts

BEGUN = "begun"
RETURNED = "returned"
REFUSED = "refused"  # starts that were too many from one address
ANY_PROVIDER = ""  # before it is known whether the provider exists

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds; a sign-in ends after ten

EVENTS = prometheus_client.Counter(
    "signet_sign_in_events",
    "Sign-ins begun and returned, and failures that no sign-in of the browser belongs to",
    ["provider", "what"],
)
SIGN_INS = prometheus_client.Counter(
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

SLOW = 3000  # milliseconds for all answers of a provider in one sign-in
slow_at: dict[str, float] = {}  # when a provider was slow in this process, by its slug

COUNTS = LateCounts(SignInCount, ("provider", "what"))
write = COUNTS.write


def count(provider: str, what: str) -> None:
    """Count one more today. `provider` is the slug of a row, so that nobody can invent keys."""
    EVENTS.labels(provider, what).inc()
    COUNTS.add(provider, what)


def ended(provider: str, recorder: Recorder, end: Ended, seconds: float) -> None:
    """Count a sign-in that has ended, and note whether the provider was slow in it."""
    SIGN_INS.labels(provider, end.process, end.diagnosis or "finished").inc()
    SECONDS.labels(provider).observe(seconds)
    if recorder.waited > SLOW:
        slow_at[provider] = time.monotonic()


def answered(provider: str, hops: Sequence[Hop]) -> None:
    """Count how long the provider took for each answer in a sign-in."""
    for hop in hops:
        if hop.source == Party.PROVIDER and hop.milliseconds is not None:
            ANSWER_SECONDS.labels(provider, hop.step).observe(hop.milliseconds / 1000)
