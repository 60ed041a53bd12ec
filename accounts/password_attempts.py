"""How often a wrong password came from an address at the admin's emergency form."""

import logging

from django.http import HttpRequest

from web.address_limit import AddressLimit
from web.addresses import client_address

logger = logging.getLogger(__name__)
PASSWORDS = AddressLimit("password-attempts", limit=10, window=600)


class PasswordAttempts:
    """The passwords tried from one address within the window."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._count = 0

    def begin(self) -> bool:
        """Count one more before the password is looked at; False when there have been too many."""
        self._count = PASSWORDS.number(self._request)
        return self._count <= PASSWORDS.limit

    @property
    def is_first_too_many(self) -> bool:
        """Tell whether this is the first within the window that is not looked at."""
        return self._count == PASSWORDS.limit + 1

    def note(self, *, succeeded: bool) -> None:
        """Forget the count after a right password; say of a wrong one where it came from."""
        if succeeded:
            PASSWORDS.forget(self._request)
        else:
            address = client_address(self._request)
            logger.warning("a password was refused at the admin's form: address=%s", address)
