"""Can the provider's hosts be found, and are their certificates valid?"""

from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.template.defaultfilters import pluralize

from oauth_client.doctor.findings import (
    Finding,
    Findings,
    diagnosed,
    no_answer,
    ok,
    unknown,
    warning,
)
from oauth_client.doctor.subject import Host, Subject
from outgoing.addresses import Reach, reach
from outgoing.dialing import LOOKUP_SECONDS, Dialer, certificate_expiry
from outgoing.resolution import Address
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
