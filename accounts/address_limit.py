"""How often something may come from one address within a window of time.

Counted by address and not by name, so that nobody can lock somebody else out from elsewhere.
"""

import hashlib
import ipaddress
from dataclasses import dataclass

from django.core.cache import caches
from django.http import HttpRequest

from accounts.addresses import client_address

IPV6_PREFIX = 64  # bits: what one household or one server has


@dataclass(frozen=True)
class AddressLimit:
    """At most `limit` times within `window` seconds; `purpose` keeps one count from another."""

    purpose: str
    limit: int
    window: int  # seconds

    def count(self, request: HttpRequest) -> bool:
        """Count one more; False when there have been too many."""
        return self.number(request) <= self.limit

    def number(self, request: HttpRequest) -> int:
        """Count one more, and return the how manieth it is."""
        cache, key = caches["attempts"], self._key(request)
        cache.add(key, 0, self.window)
        try:
            return cache.incr(key)
        except ValueError:  # the window ended between the two lines
            return 1

    def forget(self, request: HttpRequest) -> None:
        """Begin to count anew."""
        caches["attempts"].delete(self._key(request))

    def _key(self, request: HttpRequest) -> str:
        digest = hashlib.sha256(_network(client_address(request)).encode()).hexdigest()
        return f"{self.purpose}:{digest}"


def _network(address: str) -> str:
    """Return what one attacker has at hand: an IPv4 address, or an IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
