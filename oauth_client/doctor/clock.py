"""Compare the provider's clock with ours: an ID token is only good at the right time."""

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

from oauth_client.doctor.findings import Findings, ok, problem, unknown, warning
from oauth_client.doctor.subject import Heard, Subject

PROBLEM = 60  # seconds
WARNING = 5  # seconds
AGE = re.compile(r"[0-9]{1,10}")  # seconds; a cache need keep no more than 2^31 (RFC 9111 §1.2.2)
FIX = "Let this machine set its clock by NTP."


def clock(subject: Subject) -> Findings:
    """Judge by the answer that came nearest: a provider's hosts need not all be right."""
    found = min(_skews(subject.heard), key=abs, default=None)
    if found is None:
        yield unknown("No answer said what time it is at the provider.")
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


def _skews(heard: list[Heard]) -> Iterator[float]:
    """Give by how many seconds the provider is ahead: 0 where its time is within the exchange."""
    for answer in heard:
        at = _seconds(answer.date)
        if at is None:
            continue
        at += int(answer.age) if AGE.fullmatch(answer.age) else 0
        # The header leaves out what is less than a second.
        earliest, latest = answer.asked_at - 1, answer.answered_at
        yield at - min(max(at, earliest), latest)


def _seconds(date: str) -> float | None:
    """Read a Date header (RFC 9110 §6.6.1)."""
    try:
        read: datetime = parsedate_to_datetime(date)
        return read.timestamp()
    except (ValueError, OverflowError):  # the second of a year that this machine has not
        return None
