"""Codes and tokens that the providers have issued, each with the grant that it belongs to."""

import math
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from simulator.faults.misbehaviour import NOTHING, Misbehaviour
from simulator.people import Person

REMEMBERED = 50_000  # codes and tokens; beyond it the oldest are forgotten


@dataclass(frozen=True)
class Grant:
    """What one person allowed one client in one sign-in (RFC 6749 §1.3)."""

    provider: str
    client_id: str
    redirect_uri: str  # as the authorization request had it; "" if it had none
    person: Person
    scope: tuple[str, ...]
    nonce: str
    code_challenge: str
    code_challenge_method: str
    auth_time: int
    offline: bool  # whether a refresh token was requested
    misbehaviour: Misbehaviour = NOTHING
    id: str = field(default_factory=lambda: secrets.token_hex(8))


class Use(StrEnum):
    CODE = "code"
    ACCESS = "access"
    REFRESH = "refresh"


@dataclass(frozen=True)
class Credential:
    """An issued string and what it is still good for."""

    use: Use
    grant: Grant
    expires_at: float
    uses_left: float


class SpentError(LookupError):
    """The code or token has been used as often as allowed."""


class ExpiredError(LookupError):
    """The code or token has expired."""


class UnknownError(LookupError):
    """The code or token was never issued, was revoked, or is for another client or use."""


class Credentials:
    """Every code and token, by its own string."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._issued: dict[str, Credential] = {}

    def issue(
        self,
        use: Use,
        grant: Grant,
        *,
        lifetime: float = math.inf,
        uses: float = math.inf,
        prefix: str = "",
    ) -> str:
        """Return a new code or token; `lifetime` in seconds."""
        value = prefix + secrets.token_urlsafe(30)
        with self._lock:
            self._issued[value] = Credential(use, grant, self._now() + lifetime, uses)
            while len(self._issued) > REMEMBERED:
                del self._issued[next(iter(self._issued))]
        return value

    def spend(self, use: Use, value: str, client_id: str) -> Grant:
        """Take one use of a code or refresh token and return its grant.

        If it is used too often, all tokens of its grant end (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
        """
        with self._lock:
            found = self._find(use, value)
            if found.grant.client_id != client_id:
                raise UnknownError
            if found.uses_left < 1:
                self._drop_tokens([found.grant])
                raise SpentError
            self._issued[value] = replace(found, uses_left=found.uses_left - 1)
            return self._unexpired(found).grant

    def find(self, use: Use, value: str) -> Grant:
        """Return the grant of a token, without using it up."""
        with self._lock:
            return self._unexpired(self._find(use, value)).grant

    def misbehaviour_of(self, code: str) -> Misbehaviour | None:
        """Return what goes wrong in the sign-in of this code; None for one never issued."""
        with self._lock:
            found = self._issued.get(code)
            return found.grant.misbehaviour if found else None

    def revoke(self, value: str, provider: str) -> bool:
        """End one token (RFC 7009 §2.1); tell whether this provider had issued it."""
        with self._lock:
            found = self._issued.get(value)
            is_known = (
                found is not None and found.use is not Use.CODE and found.grant.provider == provider
            )
            if is_known:
                del self._issued[value]
            return is_known

    def revoke_grant(self, grant: Grant) -> None:
        with self._lock:
            self._drop_tokens([grant])

    def revoke_grants_of(self, person: Person, client_id: str) -> None:
        """End everything this person ever allowed this client."""
        with self._lock:
            grants = [issued.grant for issued in self._issued.values()]
            self._drop_tokens(
                grant for grant in grants if grant.person == person and grant.client_id == client_id
            )

    def clear(self) -> None:
        with self._lock:
            self._issued.clear()

    def _find(self, use: Use, value: str) -> Credential:
        found = self._issued.get(value)
        if found is None or found.use is not use:
            raise UnknownError
        return found

    def _unexpired(self, found: Credential) -> Credential:
        if found.expires_at <= self._now():
            raise ExpiredError
        return found

    def _drop_tokens(self, grants: Iterable[Grant]) -> None:
        ended = {grant.id for grant in grants}
        self._issued = {
            value: issued
            for value, issued in self._issued.items()
            if issued.grant.id not in ended or issued.use is Use.CODE
        }
