"""Look at a server's certificate, over a connection that is judged and cut like every other."""

import ssl

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from outgoing.causes import FAILURES, outgoing_error
from outgoing.dialing import CONNECT_SECONDS, Dialer
from outgoing.watchdog import calling


def certificate_expiry(dialer: Dialer, host: str, port: int, ca_file: str = "") -> float:
    """Return when a server's certificate expires, in seconds since 1970.

    Raises `OutgoingError` unless the certificate is trusted and has the right name. `ca_file` is
    whom to trust; "" for those whom requests trusts.
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
    return ssl.cert_time_to_seconds(str(shown["notAfter"]))
