"""How often something may come from one address within a window of time.

We count by address and not by name, so that nobody can lock somebody else out.
"""

import hashlib
import ipaddress
import time
from dataclasses import dataclass

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.http import HttpRequest

from web.addresses import client_address, parsed_address

IPV6_PREFIX = 64  # bits: what one household or one server has


@dataclass(frozen=True)
class AddressLimit:
    """At most `limit` times within `window` seconds; each `purpose` has its own count.

    `cache` is one that strangers may fill: see CACHE_ENTRIES.
    """

    purpose: str
    limit: int
    window: int  # seconds
    cache: str = "attempts"

    def count(self, request: HttpRequest) -> bool:
        """Count one more; False when there have been too many."""
        return self.number(request) <= self.limit

    def number(self, request: HttpRequest) -> int:
        """Count one more, and return how many there have been in this window.

        This takes one call of the cache, except for the first request of a window. If several first
        requests arrive at once, one of them makes the entry, and the others count there.
        """
        cache, key = caches[self.cache], self._key(request)
        number = _incremented(cache, key)
        if number == 0 and not cache.add(key, 1, self.window):
            number = _incremented(cache, key)
        return number or 1

    def forget(self, request: HttpRequest) -> None:
        """Begin to count anew."""
        caches[self.cache].delete(self._key(request))

    def seconds_left(self) -> int:
        """Return in how many seconds the window ends, 1 at the least: for `Retry-After`."""
        return self.window - int(time.time()) % self.window

    def _key(self, request: HttpRequest) -> str:
        """Name the count of an address within the present window.

        The name contains the number of the window. An entry that expires while Redis increments it
        comes back without a lifetime. In the next window, nobody reads that entry.
        """
        digest = hashlib.sha256(_network(client_address(request)).encode()).hexdigest()
        return f"{self.purpose}:{digest}:{int(time.time()) // self.window}"


def _incremented(cache: BaseCache, key: str) -> int:
    """Count one more, and return what has been counted; 0 where there is no entry."""
    try:
        return cache.incr(key)
    except ValueError:
        return 0


def _network(address: str) -> str:
    """Return what one attacker usually has: an IPv4 address, or an IPv6 network."""
    parsed = parsed_address(address)
    if parsed is None:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
