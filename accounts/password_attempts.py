"""How often a wrong password came from an address at the admin's emergency form.

Counted by address and not by name, so that nobody can lock an admin out from elsewhere.
"""

import hashlib
import logging

from django.core.cache import cache
from django.http import HttpRequest

from accounts.client_address import client_address

logger = logging.getLogger(__name__)
LIMIT = 10  # wrong passwords
WINDOW = 600  # seconds


class PasswordAttempts:
    """The wrong passwords from one address within the window."""

    def __init__(self, request: HttpRequest) -> None:
        self._address = client_address(request)
        digest = hashlib.sha256(self._address.encode()).hexdigest()
        self._key = f"password-attempts:{digest}"

    def are_used_up(self) -> bool:
        return int(cache.get(self._key, 0)) >= LIMIT

    def note(self, *, succeeded: bool) -> None:
        if succeeded:
            cache.delete(self._key)
            return
        logger.warning("a password was refused at the admin's form: address=%s", self._address)
        cache.add(self._key, 0, WINDOW)
        cache.incr(self._key)
