"""Connect to exactly the address that was checked, under the name in the URL.

This happens where urllib3 opens its sockets. The name stays in the Host header, in SNI and in the
check of the certificate. No second lookup could give another address (DNS rebinding).
"""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest
from time import monotonic

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from outgoing.addresses import Address, AddressPolicy
from outgoing.causes import FAILURES, outgoing_error
from outgoing.watchdog import calling, current_call, seconds_left
from protocol.errors import ErrorCode, OutgoingError

LOOKUP_SECONDS = 2.0
CONNECT_SECONDS = 3.0
ATTEMPTS = 4  # addresses of one name

Resolve = Callable[[str, int, float], list[Address]]


@dataclass(frozen=True)
class Dialer:
    """Opens connections for one provider, to a proxy where there is no `policy`."""

    policy: AddressPolicy | None
    resolve: Resolve

    def dial(self, host: str, port: int, scheme: str, seconds: float) -> socket.socket:
        """Return a connection to the host that the current call's deadline can cut."""
        call = current_call.get()
        try:
            addresses = self.resolve(host, port, seconds_left(LOOKUP_SECONDS))
        except (OSError, ValueError):
            raise OutgoingError(ErrorCode.DNS_FAILURE, f"{host}: name not resolved") from None
        if self.policy and not all(self.policy.allows(each.ip, scheme) for each in addresses):
            detail = f"{host}: an address that this provider may not have by {scheme}"
            raise OutgoingError(ErrorCode.ADDRESS_REFUSED, detail)
        opened = _connect(host, addresses, seconds_left(seconds))
        opened.settimeout(seconds)
        call.watch(opened)
        return opened


def _connect(host: str, addresses: list[Address], seconds: float) -> socket.socket:
    """Try the addresses in turn; each gets an equal share of the time that is left."""
    end = monotonic() + seconds
    code = ErrorCode.CONNECTION_FAILED
    # IPv6 and IPv4 in turn, so that one broken family is not all we try (RFC 8305 §4)
    first = [each for each in addresses if each.family == addresses[0].family]
    second = [each for each in addresses if each.family != addresses[0].family]
    attempts = [each for pair in zip_longest(first, second) for each in pair if each][:ATTEMPTS]
    for number, address in enumerate(attempts):
        try:
            return _connect_once(address, (end - monotonic()) / (len(attempts) - number))
        except TimeoutError:
            code = ErrorCode.TIMEOUT
        except OSError:
            code = ErrorCode.CONNECTION_FAILED
    raise OutgoingError(code, f"{host}: no connection")


def _connect_once(address: Address, seconds: float) -> socket.socket:
    opened = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.settimeout(max(seconds, 0.001))  # 0 would mean not to wait, and not to time out
        opened.connect(address.sockaddr)
    except OSError:
        opened.close()
        raise
    return opened


def certificate_expiry(dialer: Dialer, host: str, port: int, ca_file: str = "") -> float:
    """Return when a server's certificate expires, in seconds since 1970.

    Raises `OutgoingError` unless it has the right name, and `ca_file` or else requests trusts it.
    """
    context = ssl.create_default_context(cafile=ca_file or DEFAULT_CA_BUNDLE_PATH)
    failure = None
    with calling() as call:
        try:
            with (
                dialer.dial(host, port, "https", CONNECT_SECONDS) as opened,
                context.wrap_socket(opened, server_hostname=host) as secured,
            ):
                shown = secured.getpeercert() or {}
        except FAILURES as error:
            failure = outgoing_error(error, host)
    if call.is_over:
        failure = outgoing_error(TimeoutError(), host)
    if failure:
        raise failure
    return ssl.cert_time_to_seconds(str(shown["notAfter"]))
