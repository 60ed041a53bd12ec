"""Compare the provider's clock with this machine's: an ID token is valid only for a short time."""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from oauth_client.doctor.findings import Findings, ok, problem, unknown, warning
from oauth_client.doctor.subject import Subject, TimeSample

PROBLEM = 60  # seconds
WARNING = 5  # seconds
AGE = re.compile(r"[0-9]{1,10}")  # seconds; a cache need keep no more than 2^31 (RFC 9111 §1.2.2)
FIX = "Let this machine take its time from NTP."


def clock(subject: Subject) -> Findings:
    """Judge by the smallest difference, because one host of a provider may be wrong."""
    found = min(_skews(subject.time_samples), key=abs, default=None)
    if found is None:
        yield unknown("No response said what time it is at the provider.")
        return
    seconds = round(abs(found))
    side = "behind" if found > 0 else "ahead of"
    cause = f"This machine's clock is {seconds} s {side} the provider's."
    if seconds > PROBLEM:
        yield problem(cause, FIX)
    elif seconds > WARNING:
        yield warning(cause, FIX)
    else:
        yield ok("Both clocks agree.")


def _skews(samples: list[TimeSample]) -> Iterator[float]:
    """Return how many seconds the provider is ahead; 0 if its time is between our two times."""
    for sample in samples:
        at = _seconds(sample.date)
        if at is None:
            continue
        at += int(sample.age) if AGE.fullmatch(sample.age) else 0
        # The header has whole seconds.
        earliest, latest = sample.sent_at - 1, sample.received_at
        yield at - min(max(at, earliest), latest)


def _seconds(date: str) -> float | None:
    """Read a Date header (RFC 9110 §6.6.1)."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):  # a year that this machine cannot count
        return None
