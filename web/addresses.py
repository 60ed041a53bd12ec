"""From which address does a request come, and how often?

`X-Forwarded-For` is believed from `TRUSTED_PROXIES` alone. We count by address and not by name, so
that nobody can lock somebody else out.
"""

import hashlib
import ipaddress
import logging
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest

from web.once_a_request import once_a_request

logger = logging.getLogger(__name__)
PORT = "(?::(?:[0-9]{0,5}|_[A-Za-z0-9._-]+))"
# An address as some proxies write it, with a port and IPv6 in brackets (RFC 7239 §6).
NODE = re.compile(rf"\[([^\[\]]+)\]{PORT}?|([0-9.]+){PORT}")
SHOWN = 60  # characters of what could not be read
IPV6_PREFIX = 64  # bits: what one household or one server has

_reported = threading.Event()


@dataclass(frozen=True)
class Forwarding:
    """How a request came here, as far as we can know: by `caller`, from `address`.

    `unreadable` is an element of `X-Forwarded-For` that a trusted proxy wrote and that is not an
    address. We stop reading there, and count the request as the proxy's own. The element may be a
    new name for each request (RFC 7239 §6.3), and the visitor may have written those before it.
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
        """Tell whether a proxy hides visitors' addresses. Then they share each limit by address."""
        if self.is_forwarded:
            return bool(self.unreadable) or not self.is_by_trusted_proxy
        parsed = parsed_address(self.caller)
        is_here = parsed is not None and parsed.is_loopback
        return settings.IS_HTTPS and (is_here or self.is_by_trusted_proxy)


@once_a_request
def forwarding(request: HttpRequest) -> Forwarding:
    """Find the address that a request comes from, and the program that called us.

    The address is the nearest to us that is not a trusted proxy's (RFC 7239 §8.1). Each proxy adds
    its caller to the end of `X-Forwarded-For`, so we read from there what trusted proxies wrote.
    """
    header = request.META.get("HTTP_X_FORWARDED_FOR", "")
    elements = [element.strip() for element in header.split(",") if element.strip()]
    peer = request.META.get("REMOTE_ADDR", "")  # "" or a path where the server has a Unix socket
    address = caller = str(parsed_address(peer) or peer)
    for element in reversed(elements):
        if not _is_trusted(address):
            break
        node = NODE.fullmatch(element.strip('" '))
        claimed = parsed_address(node[1] or node[2] if node else element.strip('" '))
        if claimed is None:
            unreadable = element[:SHOWN]
            if not _reported.is_set():  # all visitors of this proxy seem to have one address
                _reported.set()
                words = "X-Forwarded-For cannot be read: proxy=%s element=%s"
                logger.warning(words, address, unreadable)
            return Forwarding(address, caller, is_forwarded=True, unreadable=unreadable)
        address = str(claimed)
    return Forwarding(address, caller, is_forwarded=bool(elements))


@lru_cache(maxsize=1024)  # called several times in a request: 0.1 µs instead of 2.6 µs
def parsed_address(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address in the form in which we compare it, None for what is none.

    An IPv4 address may be written as IPv6 (RFC 4291 §2.5.5.2). The zone of a link-local address
    (RFC 4007 §11) has a meaning on one machine only, and is left out.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0] if ":" in address else address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _is_trusted(address: str) -> bool:
    parsed = parsed_address(address)
    return parsed is not None and any(parsed in network for network in settings.TRUSTED_PROXIES)


@dataclass(frozen=True)
class AddressLimit:
    """At most `limit` times within `window` seconds; each `purpose` has its own count."""

    purpose: str
    limit: int
    window: int  # seconds
    cache: str = "attempts"  # one that strangers may fill: see CACHE_ENTRIES

    def count(self, request: HttpRequest) -> bool:
        """Count one more; False when there have been too many."""
        return self.number(request) <= self.limit

    def number(self, request: HttpRequest) -> int:
        """Count one more, and return how many there have been in this window.

        Only the first request of a window takes more than one call of the cache.
        """
        cache, key = caches[self.cache], self._key(request)
        for _ in range(2):  # if several come first, one makes the entry, and the others count there
            with suppress(ValueError):
                return cache.incr(key)
            if cache.add(key, 1, self.window):
                break
        return 1

    def forget(self, request: HttpRequest) -> None:
        caches[self.cache].delete(self._key(request))

    def seconds_left(self) -> int:
        """Return in how many seconds the window ends, 1 at the least: for `Retry-After`."""
        return self.window - int(time.time()) % self.window

    def _key(self, request: HttpRequest) -> str:
        """Name the count of an IPv4 address or an IPv6 network within the present window.

        The name contains the number of the window. An entry that expires while Redis increments it
        comes back without a lifetime. In the next window, nobody reads that entry.
        """
        address = forwarding(request).address
        parsed = parsed_address(address)
        if parsed is not None and parsed.version == 6:
            address = str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
        digest = hashlib.sha256(address.encode()).hexdigest()
        return f"{self.purpose}:{digest}:{int(time.time()) // self.window}"
