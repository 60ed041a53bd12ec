"""Can the provider's hosts be found, and are their certificates valid?"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.template.defaultfilters import pluralize

from oauth_client.doctor.findings import (
    Finding,
    Findings,
    diagnosed,
    no_answer,
    ok,
    problem,
    unknown,
    warning,
)
from oauth_client.doctor.subject import Host, Subject, TimeSample
from outgoing.addresses import Address, Reach, reach
from outgoing.dialing import LOOKUP_SECONDS, Dialer, certificate_expiry
from protocol.errors import SignInError

SOON = 14 * 86400  # seconds before a certificate expires: the check warns
BY_PROXY = unknown("The proxy in OUTGOING_PROXY looks up the hosts, so Signet cannot check this.")


def dns(subject: Subject) -> Findings:
    """Resolve every host, and judge the addresses as a sign-in would."""
    return _each(subject, _resolved)


def tls(subject: Subject) -> Findings:
    """Check the certificate of every host."""
    return _each(subject, _certified)


def _each(subject: Subject, look: Callable[[Subject, Host], Finding]) -> Findings:
    hosts = subject.hosts()
    if not hosts:
        yield unknown("No host of this provider is known.")
    elif settings.OUTGOING_PROXY:
        yield BY_PROXY
    else:
        yield from (look(subject, host) for host in hosts)


def _resolved(subject: Subject, host: Host) -> Finding:
    addresses = _addresses(subject, host)
    if not addresses:
        return diagnosed(subject.provider, "dns_failure", host.name)
    if not all(subject.provider.address_policy.allows(each.ip, host.scheme) for each in addresses):
        return diagnosed(subject.provider, "address_refused", host.name)
    return ok(f"{host.name} has {len(addresses)} address{pluralize(addresses, 'es')}.")


def _addresses(subject: Subject, host: Host) -> list[Address]:
    try:
        return subject.resolve(host.name, host.port, LOOKUP_SECONDS)
    except (OSError, ValueError):
        return []


def _certified(subject: Subject, host: Host) -> Finding:
    if host.scheme == "http":
        return _open(subject, host)
    try:
        dialer = Dialer(subject.provider.address_policy, subject.resolve)
        expires_at = certificate_expiry(dialer, host.name, host.port, subject.ca_file)
    except SignInError as error:
        return no_answer(subject.provider, error)
    day = f"{datetime.fromtimestamp(expires_at, UTC):%Y-%m-%d}"
    if expires_at - subject.now() < SOON:
        cause = f"The certificate of {host.name} expires on {day}."
        return warning(cause, "Ask whoever runs the provider to renew it.")
    return ok(f"The certificate of {host.name} is trusted until {day}.")


def _open(subject: Subject, host: Host) -> Finding:
    """Judge plain http: within this machine, no certificate is needed."""
    addresses = _addresses(subject, host)
    if addresses and all(reach(each.ip) is Reach.LOOPBACK for each in addresses):
        return ok(f"{host.name} is this machine, so http is enough.")
    return warning(
        f"{host.name} is reached by http: anybody on the way can read the client secret.",
        "Give the provider a certificate, and a base URL with https://.",
    )


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
