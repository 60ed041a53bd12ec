"""From which address does a request come? The header is believed from `TRUSTED_PROXIES` alone."""

import ipaddress
import logging
import re
import threading
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

logger = logging.getLogger(__name__)
PORT = "(?::(?:[0-9]{0,5}|_[A-Za-z0-9._-]+))"
# An address as some proxies write it, with a port and IPv6 in brackets (RFC 7239 §6).
NODE = re.compile(rf"\[([^\[\]]+)\]{PORT}?|([0-9.]+){PORT}")
SHOWN = 60  # characters of what could not be read

_reported = threading.Event()


@dataclass(frozen=True)
class Forwarding:
    """How a request came here, as far as we can know: by `caller`, from `address`.

    `unreadable` is the element of `X-Forwarded-For`, written by a trusted proxy, that is no
    address. Reading ends there, and the request counts as that proxy's own: the name may be a new
    one for each request (RFC 7239 §6.3), and the visitor may have sent all that stands before it.
    """

    address: str
    caller: str
    is_forwarded: bool  # whether the header is there, with anything in it
    unreadable: str = ""

    @property
    def is_by_trusted_proxy(self) -> bool:
        return _is_trusted(self.caller)

    @property
    def hides_visitors(self) -> bool:
        """Tell whether a proxy stands before us that does not pass on the visitors' addresses.

        All visitors then seem to come from the proxy, and share every limit by address.
        """
        if self.is_forwarded:
            return bool(self.unreadable) or not self.is_by_trusted_proxy
        parsed = parsed_address(self.caller)
        is_here = parsed is not None and parsed.is_loopback
        return settings.IS_HTTPS and (is_here or self.is_by_trusted_proxy)


def client_address(request: HttpRequest) -> str:
    """Return the address nearest to us that is not a trusted proxy's (RFC 7239 §8.1)."""
    return forwarding(request).address


def forwarding(request: HttpRequest) -> Forwarding:
    """Read who called us for whom.

    Each proxy adds to the end of `X-Forwarded-For` whom it was called by, so the header is read
    from its end, and only for as long as a trusted proxy wrote it.
    """
    header = request.headers.get("X-Forwarded-For", "")
    elements = [element.strip() for element in header.split(",") if element.strip()]
    caller = _canonical(request.META.get("REMOTE_ADDR", ""))
    address = caller
    for element in reversed(elements):
        if not _is_trusted(address):
            break
        claimed = _address_in(element)
        if claimed is None:
            _report(address, element[:SHOWN])
            return Forwarding(address, caller, is_forwarded=True, unreadable=element[:SHOWN])
        address = claimed
    return Forwarding(address, caller, is_forwarded=bool(elements))


@lru_cache(maxsize=1024)  # a request asks several times: 2.6 µs each on its own, 0.1 µs so
def parsed_address(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address as it is compared, None for what is none.

    One of IPv4 that a socket for both writes as IPv6 (RFC 4291 §2.5.5.2) is one of IPv4. The zone
    of a link-local one (RFC 4007 §11) is a name of the machine that wrote it, and left out.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0] if ":" in address else address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _address_in(element: str) -> str | None:
    text = element.strip('" ')
    node = NODE.fullmatch(text)
    parsed = parsed_address(node[1] or node[2] if node else text)
    return None if parsed is None else str(parsed)


def _canonical(address: str) -> str:
    """Return the one spelling of an address; a socket without one has none."""
    parsed = parsed_address(address)
    return address if parsed is None else str(parsed)


def _is_trusted(address: str) -> bool:
    parsed = parsed_address(address)
    return parsed is not None and any(parsed in network for network in settings.TRUSTED_PROXIES)


def _report(proxy: str, element: str) -> None:
    """Say once in each process that the visitors of a proxy all look the same."""
    if not _reported.is_set():
        _reported.set()
        logger.warning("X-Forwarded-For cannot be read: proxy=%s element=%s", proxy, element)
