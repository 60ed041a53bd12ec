"""Look at a server's certificate, over a connection that is judged and cut like every other."""

import ssl
from dataclasses import dataclass

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from outgoing.causes import FAILURES, outgoing_error
from outgoing.dialing import CONNECT_SECONDS, Dialer
from outgoing.watchdog import calling


@dataclass(frozen=True)
class Certificate:
    """A certificate that is trusted and has the right name. `expires_at` is seconds since 1970."""

    expires_at: float


def certificate_of(dialer: Dialer, host: str, port: int, ca_file: str = "") -> Certificate:
    """Return what a server proves itself with, or raise `OutgoingError` if it cannot.

    `ca_file` is whom to trust; "" for those whom requests trusts.
    """
    context = ssl.create_default_context(cafile=ca_file or DEFAULT_CA_BUNDLE_PATH)
    failure = None
    with calling() as call:
        try:
            with (
                dialer.dial(host, port, "https", CONNECT_SECONDS) as connection,
                context.wrap_socket(connection, server_hostname=host) as secured,
            ):
                shown = secured.getpeercert() or {}
        except FAILURES as error:
            failure = outgoing_error(error, host)
    if call.is_over:
        failure = outgoing_error(TimeoutError(), host)
    if failure:
        raise failure
    return Certificate(ssl.cert_time_to_seconds(str(shown["notAfter"])))
