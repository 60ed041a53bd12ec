"""Forms that wait while the person who sent them is at a provider, and then go on by themselves.

A form waits for ten minutes, sealed, because it may hold secrets. It belongs to one person in one
browser and to the address that it was sent to, and is taken once. So nobody can send a link that
sends a form of their own in the browser of somebody else. Only forms are kept that have passed the
CSRF check: the CSRF token tells the browsers apart, and another person in the same browser gets
another one. Whoever has stolen the cookies of a browser has that token, too. So a shelf may ask for
a secret that the browser gets only with the answer to the form.
"""

import secrets
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.core.cache import caches
from django.http import HttpRequest, QueryDict

from encryption import seal, unseal

LIFETIME = 600  # seconds
PURPOSE = "form that waits"


@dataclass(frozen=True)
class KeptForm:
    """A form that was posted. Whoever goes to its address gets what a POST would have got."""

    address: str
    owner: str  # a digest of whose it is, in which browser, and for which address
    sealed_fields: str
    about: Any = None  # what else is known about it


@dataclass(frozen=True)
class Shelf:
    """A place for forms. `parameter` marks their addresses.

    If `is_for_one`, somebody's second form takes the place of the first.
    """

    parameter: str
    is_for_one: bool = False

    def keep(self, request: HttpRequest, about: Any = None, secret: str = "") -> KeptForm:
        """Keep the form of this request, for a browser with this secret."""
        fields = request.POST.urlencode().encode()
        address = request.get_full_path()
        mark = urlencode({self.parameter: secrets.token_urlsafe(16)})
        address += f"{'&' if '?' in address else '?'}{mark}"
        owner = _owner(request, address, secret)
        form = KeptForm(address, owner, seal(fields, purpose=PURPOSE, context=owner), about)
        self._put(request, form)
        return form

    def find(self, request: HttpRequest, address: str, secret: str = "") -> KeptForm | None:
        """Return the form of this person and browser that waits at the address."""
        form: KeptForm | None = caches["forms"].get(self._name(request, address))
        return form if form and form.owner == _owner(request, address, secret) else None

    def take(self, request: HttpRequest, secret: str = "") -> KeptForm | None:
        """Return the form that waits at the address of this request, for the last time.

        Of two tabs that do this at once, only the one that has deleted it goes on.
        """
        form = self.find(request, request.get_full_path(), secret)
        is_first = form is not None and caches["forms"].delete(self._name(request, form.address))
        return form if is_first else None

    def note(self, request: HttpRequest, form: KeptForm, about: Any) -> None:
        """Keep the form once more, with what is known about it now."""
        self._put(request, replace(form, about=about))

    def _put(self, request: HttpRequest, form: KeptForm) -> None:
        caches["forms"].set(self._name(request, form.address), form, LIFETIME)

    def _name(self, request: HttpRequest, address: str) -> str:
        place = request.user.pk if self.is_for_one else _owner(request, address, "")
        return f"{self.parameter}:{place}"

    def unmarked(self, address: str) -> str:
        """Return the address without the mark of a form."""
        path, _, query = address.partition("?")
        left = [part for part in query.split("&") if part.partition("=")[0] != self.parameter]
        return "?".join(filter(None, (path, "&".join(left))))


def fields_of(form: KeptForm) -> QueryDict:
    """Return the fields as they were posted. Whoever goes on with the form may change them."""
    fields = unseal(form.sealed_fields, purpose=PURPOSE, context=form.owner)
    return QueryDict(fields, mutable=True)


def go_on_with(request: HttpRequest, fields: QueryDict) -> None:
    """Make this request the one that was posted."""
    _ = request.FILES  # before Django could look for them in a body, which a GET does not have
    request.method, request.POST = "POST", fields  # type: ignore[assignment]


def _owner(request: HttpRequest, address: str, secret: str) -> str:
    browser = request.META.get("CSRF_COOKIE", "")
    return sha256(f"{request.user.pk} {browser} {secret} {address}".encode()).hexdigest()
