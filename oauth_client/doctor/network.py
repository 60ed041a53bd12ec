"""Can the provider's hosts be found, and do they prove who they are?"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import SplitResult

from django.conf import settings

from oauth_client.doctor.causes import no_answer
from oauth_client.doctor.findings import Finding, Findings, ok, problem, unknown, warning
from oauth_client.doctor.subject import Subject
from outgoing.addresses import Reach, reach
from outgoing.certificates import certificate_expiry
from outgoing.dialing import LOOKUP_SECONDS, Dialer
from protocol.errors import SignInError

SOON = 14 * 86400  # seconds before its end in which a certificate is worth a warning
BY_PROXY = unknown("The proxy in OUTGOING_PROXY finds the hosts, so this cannot be seen from here.")


class Host(NamedTuple):
    """A host of the provider, as it is connected to."""

    scheme: str
    name: str
    port: int


def dns(subject: Subject) -> Findings:
    """Resolve every host, and judge the addresses as a sign-in would."""
    return _each(subject, _resolved)


def tls(subject: Subject) -> Findings:
    """Look at the certificate of every host."""
    return _each(subject, _certified)


def _each(subject: Subject, look: Callable[[Subject, Host], Finding]) -> Findings:
    hosts = list(dict.fromkeys(_host(origin) for origin in subject.origins()))
    if not hosts:
        yield unknown("No host of this provider is known.")
    elif settings.OUTGOING_PROXY:
        yield BY_PROXY
    else:
        yield from (look(subject, host) for host in hosts)


def _host(origin: SplitResult) -> Host:
    default = 80 if origin.scheme == "http" else 443
    return Host(origin.scheme, origin.hostname or "", origin.port or default)


def _resolved(subject: Subject, host: Host) -> Finding:
    try:
        addresses = subject.resolve(host.name, host.port, LOOKUP_SECONDS)
    except (OSError, ValueError):
        return problem(
            f"The name {host.name} is not known to this machine's DNS.",
            "Look for a typing error in the base URL; then ask the DNS server of this machine.",
        )
    if not all(subject.provider.policy.allows(each.ip, host.scheme) for each in addresses):
        return problem(
            f"{host.name} has an address that this provider may not have by {host.scheme}.",
            "Allow the private network at this provider, if it is in ours; else correct the DNS.",
        )
    return ok(f"{host.name} has {len(addresses)} address{'' if len(addresses) == 1 else 'es'}.")


def _certified(subject: Subject, host: Host) -> Finding:
    if host.scheme == "http":
        return _open(subject, host)
    try:
        dialer = Dialer(subject.provider.policy, subject.resolve)
        expires_at = certificate_expiry(dialer, host.name, host.port, subject.ca_file)
    except SignInError as error:
        return no_answer(error)
    day = f"{datetime.fromtimestamp(expires_at, UTC):%Y-%m-%d}"
    if expires_at - subject.now() < SOON:
        cause = f"The certificate of {host.name} ends on {day}."
        return warning(cause, "Have whoever runs the provider renew it.")
    return ok(f"The certificate of {host.name} is trusted until {day}.")


def _open(subject: Subject, host: Host) -> Finding:
    """Judge plain http: what does not leave this machine needs no certificate."""
    try:
        addresses = subject.resolve(host.name, host.port, LOOKUP_SECONDS)
    except (OSError, ValueError):
        addresses = []
    if addresses and all(reach(each.ip) is Reach.LOOPBACK for each in addresses):
        return ok(f"{host.name} is this machine, so http is enough.")
    return warning(
        f"{host.name} is asked by http: whoever is on the way reads the client secret.",
        "Give the provider a certificate, and a base URL with https://.",
    )
