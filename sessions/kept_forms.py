"""Forms that wait while the person who sent them is at a provider, and then go on by themselves.

A form waits for ten minutes, sealed, because it may hold secrets. It belongs to one person in one
browser and to the address that it was sent to, and is taken once. So nobody can send a link that
sends a form of their own in the browser of somebody else. Only forms are kept that have passed the
CSRF check: the CSRF token tells the browsers apart, and another person in the same browser gets
another one. Whoever has stolen the cookies of a browser has that token, too. So a shelf may ask for
a secret that the browser gets only with the answer to the form. A browser has one for each form.
"""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode

from django.core.cache import caches
from django.http import HttpRequest, QueryDict

from encryption import seal, unseal

LIFETIME = 600  # seconds
PURPOSE = "form that waits"


@dataclass(frozen=True)
class KeptForm:
    """A form that was posted. Whoever goes to its address gets what a POST would have got."""

    place: str  # in the cache
    address: str
    owner: str  # a digest of whose it is, in which browser, and for which address
    sealed_fields: str
    about: Any = None  # what else is known about it
    browser: str = ""  # a digest of the secret
    kept_at: float = 0


@dataclass(frozen=True)
class Shelf:
    """A place for forms. `parameter` marks their addresses."""

    parameter: str

    def keep(self, request: HttpRequest, about: Any = None) -> KeptForm:
        """Keep the form of this request."""
        address = self._marked(request, secrets.token_urlsafe(16))
        form = _form(request, self._place(request, address), address)
        self.note(form, about)
        return replace(form, about=about)

    def find(
        self, request: HttpRequest, address: str, browser: tuple[str, ...] = ("",)
    ) -> KeptForm | None:
        """Return the form that waits at the address, of this person and a browser's secrets."""
        form: KeptForm | None = caches["forms"].get(self._place(request, address))
        owners = [_owner(request, address, secret) for secret in browser]
        return form if form and form.owner in owners else None

    def take(self, request: HttpRequest, browser: tuple[str, ...] = ("",)) -> KeptForm | None:
        """Return the form that waits at the address of this request, for the last time.

        Of two tabs that do this at once, only the one that has deleted it goes on.
        """
        form = self.find(request, request.get_full_path(), browser)
        is_first = form is not None and caches["forms"].delete(form.place)
        return form if is_first else None

    def note(self, form: KeptForm, about: Any) -> None:
        """Keep the form once more, with what is known about it now."""
        caches["forms"].set(form.place, replace(form, about=about), LIFETIME)

    def unmarked(self, address: str) -> str:
        """Return the address without the mark of a form."""
        path, _, query = address.partition("?")
        left = [part for part in query.split("&") if part.partition("=")[0] != self.parameter]
        return "?".join(filter(None, (path, "&".join(left))))

    def _marked(self, request: HttpRequest, mark: str) -> str:
        address = request.get_full_path()
        return f"{address}{'&' if '?' in address else '?'}{urlencode({self.parameter: mark})}"

    def _place(self, request: HttpRequest, address: str) -> str:
        return f"{self.parameter}:{_owner(request, address, '')}"


@dataclass(frozen=True)
class SmallShelf(Shelf):
    """A shelf with room for some forms of each person, and fewer of each browser.

    The oldest form of the same browser makes room. Nobody else's does: otherwise, whoever has
    stolen a session could push out what its owner has typed.
    """

    per_person: int = 8
    per_browser: int = 3

    def keep_in(self, request: HttpRequest, browser: tuple[str, ...]) -> KeptForm | None:
        """Keep the form under the first secret. The others are those of earlier forms.

        Return None if other browsers have taken all the room.
        """
        kept = caches["forms"].get_many([self._numbered(request, n) for n in self._numbers])
        earlier = [_digest(secret) for secret in browser[1:]]
        own = [form for form in kept.values() if form.browser in earlier]
        if own and (len(own) >= self.per_browser or len(kept) >= self.per_person):
            caches["forms"].delete(min(own, key=lambda form: form.kept_at).place)
        return next(filter(None, self._kept(request, browser[0])), None)

    def _kept(self, request: HttpRequest, secret: str) -> Iterator[KeptForm | None]:
        """Try one place after the other. Only one request gets a place that is free."""
        for number in self._numbers:
            address = self._marked(request, f"{number}.{secrets.token_urlsafe(16)}")
            form = _form(request, self._numbered(request, number), address, secret)
            yield form if caches["forms"].add(form.place, form, LIFETIME) else None

    @property
    def _numbers(self) -> range:
        return range(self.per_person)

    def _numbered(self, request: HttpRequest, number: object) -> str:
        return f"{self.parameter}:{request.user.pk}:{number}"

    def _place(self, request: HttpRequest, address: str) -> str:
        marks = parse_qs(address.partition("?")[2]).get(self.parameter, [""])
        number = marks[0].partition(".")[0]
        return self._numbered(request, number if number in map(str, self._numbers) else "")


def fields_of(form: KeptForm) -> QueryDict:
    """Return the fields as they were posted. Whoever goes on with the form may change them."""
    fields = unseal(form.sealed_fields, purpose=PURPOSE, context=form.owner)
    return QueryDict(fields, mutable=True)


def go_on_with(request: HttpRequest, fields: QueryDict) -> None:
    """Make this request the one that was posted."""
    _ = request.FILES  # before Django could look for them in a body, which a GET does not have
    request.method, request.POST = "POST", fields  # type: ignore[assignment]


def _form(request: HttpRequest, place: str, address: str, secret: str = "") -> KeptForm:
    owner = _owner(request, address, secret)
    fields = request.POST.urlencode().encode()
    sealed = seal(fields, purpose=PURPOSE, context=owner)
    return KeptForm(place, address, owner, sealed, browser=_digest(secret), kept_at=time.time())


def _owner(request: HttpRequest, address: str, secret: str) -> str:
    browser = request.META.get("CSRF_COOKIE", "")
    return _digest(f"{request.user.pk} {browser} {secret} {address}")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
