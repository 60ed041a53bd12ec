"""How often a wrong password came from an address at the admin's emergency form.

Counted by address and not by name, so that nobody can lock an admin out from elsewhere.
"""

import hashlib
import ipaddress
import logging

from django.core.cache import caches
from django.http import HttpRequest

from accounts.client_address import client_address

logger = logging.getLogger(__name__)
LIMIT = 10  # passwords
WINDOW = 600  # seconds
IPV6_PREFIX = 64  # bits: what one household or one server has


class PasswordAttempts:
    """The passwords tried from one address within the window."""

    def __init__(self, request: HttpRequest) -> None:
        self._address = client_address(request)
        digest = hashlib.sha256(_network(self._address).encode()).hexdigest()
        self._key = f"password-attempts:{digest}"
        self._cache = caches["attempts"]
        self._count = 0

    def begin(self) -> bool:
        """Count one more before the password is looked at; False when there have been too many."""
        self._cache.add(self._key, 0, WINDOW)
        try:
            self._count = self._cache.incr(self._key)
        except ValueError:  # the window ended between the two lines
            self._count = 1
        return self._count <= LIMIT

    @property
    def is_first_too_many(self) -> bool:
        """Tell whether this is the first within the window that is not looked at."""
        return self._count == LIMIT + 1

    def note(self, *, succeeded: bool) -> None:
        """Forget the count after a right password; say of a wrong one where it came from."""
        if succeeded:
            self._cache.delete(self._key)
        else:
            logger.warning("a password was refused at the admin's form: address=%s", self._address)


def _network(address: str) -> str:
    """Return what one attacker has at hand: an IPv4 address, or an IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
