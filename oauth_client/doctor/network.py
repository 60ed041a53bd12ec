"""Can the provider's hosts be found, are their certificates valid, and do our clocks agree?"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as _

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
from oauth_client.doctor.subject import Subject
from outgoing.addresses import Address, Reach, reach
from outgoing.dialing import LOOKUP_SECONDS, Dialer, certificate_expiry
from protocol.errors import SignInError

SOON = 14 * 86400  # seconds before a certificate expires: the check warns
SKEW_PROBLEM = 60  # seconds between the clocks: an ID token is valid only for a short time
SKEW_WARNING = 5  # seconds


class Host(NamedTuple):
    """A host of the provider, as Signet connects to it."""

    scheme: str
    name: str
    port: int


def dns(subject: Subject) -> Findings:
    """Resolve every host, and judge the addresses as a sign-in would."""
    return _each(subject, _resolved)


def tls(subject: Subject) -> Findings:
    """Check the certificate of every host."""
    return _each(subject, _certified)


def _each(subject: Subject, look: Callable[[Subject, Host], Finding]) -> Findings:
    """Look once at every host that a sign-in connects to."""
    issuer, server = subject.issuer, subject.server
    urls = [issuer.url] if issuer and not issuer.known else []
    if server:
        urls += [server.authorization_endpoint, server.token_endpoint, server.jwks_uri]
    parts = [urlsplit(url) for url in urls]
    hosts = dict.fromkeys(
        Host(part.scheme, part.hostname, part.port or (80 if part.scheme == "http" else 443))
        for part in parts
        if part.hostname
    )
    if not hosts:
        yield unknown(_("No host of this provider is known yet."))
    elif settings.OUTGOING_PROXY:
        yield unknown(_("Signet can't check this because it uses the proxy in OUTGOING_PROXY."))
    else:
        yield from (look(subject, host) for host in hosts)


def _resolved(subject: Subject, host: Host) -> Finding:
    addresses = _addresses(subject, host)
    if not addresses:
        return diagnosed(subject.provider, "dns_failure", host.name)
    if not all(subject.provider.address_policy.allows(each.ip, host.scheme) for each in addresses):
        return diagnosed(subject.provider, "address_refused", host.name)
    return ok(_("The host name {host} was found."), values={"host": host.name})


def _certified(subject: Subject, host: Host) -> Finding:
    if host.scheme == "http":
        return _plain_http(host, _addresses(subject, host))
    try:
        dialer = Dialer(subject.provider.address_policy, subject.resolve)
        expires_at = certificate_expiry(dialer, host.name, host.port, subject.ca_file)
    except SignInError as error:
        return no_answer(subject.provider, error)
    values = {
        "host": host.name,
        "day": f"{datetime.fromtimestamp(expires_at, UTC):%Y-%m-%d}",
    }
    if expires_at - subject.now() < SOON:
        fix = _("Ask the provider to renew it.")
        return warning(_("The certificate of {host} expires on {day}."), fix, values=values)
    return ok(_("The certificate of {host} is valid until {day}."), values=values)


def _plain_http(host: Host, addresses: list[Address]) -> Finding:
    """Judge plain http: within this machine, no certificate is needed."""
    if addresses and all(reach(each.ip) is Reach.LOOPBACK for each in addresses):
        return ok(_("{host} is this computer, so http is safe."), values={"host": host.name})
    return warning(
        _("Signet uses http for {host}, so others on the network can read the client secret."),
        _("Install a certificate at the provider, and use a base URL with https://."),
        values={"host": host.name},
    )


def _addresses(subject: Subject, host: Host) -> list[Address]:
    try:
        return subject.resolve(host.name, host.port, LOOKUP_SECONDS)
    except (OSError, ValueError):
        return []


def clock(subject: Subject) -> Findings:
    """Judge by the smallest difference, because one host of a provider may be wrong."""
    if not subject.skews:
        yield unknown(_("No response showed the provider's time."))
        return
    skew = min(subject.skews, key=abs)
    seconds = round(abs(skew))
    if seconds <= SKEW_WARNING:
        yield ok(_("This server's clock and the provider's agree."))
        return
    behind = _("This server's clock is {seconds} s behind the provider's.")
    ahead = _("This server's clock is {seconds} s ahead of the provider's.")
    make = problem if seconds > SKEW_PROBLEM else warning
    fix = _("Synchronise this server's clock with NTP.")
    yield make(behind if skew > 0 else ahead, fix, values={"seconds": seconds})
