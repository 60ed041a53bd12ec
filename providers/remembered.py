"""Keep a document for its lifetime, fetch it once for many waiters, and keep it when that fails."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Generic, TypeVar

from outgoing import seconds_left
from protocol.errors import ErrorCode, OutgoingError, SignInError

T = TypeVar("T")
FAILURE_LIFETIME = 5  # seconds that a failed fetch is not tried again

Work = Callable[[], None]


def behind(work: Work) -> None:
    """Do it in a thread of its own, for which nobody waits."""
    threading.Thread(target=work, name="document", daemon=True).start()


class Remembered(Generic[T]):
    """One document of a provider in this process.

    `lifetime` is in seconds. A document whose lifetime is over stays in use while it is fetched
    again, `behind` the visitors, and when that fails. Where there is none yet, one request fetches
    it and the others wait for that within their deadlines, each in a `place`. A failure is
    remembered for a few seconds, so that visitors do not ask a dead provider in turn.
    """

    def __init__(
        self,
        fetch: Callable[[], T],
        lifetime: float,
        place: Callable[[], AbstractContextManager[object]] = nullcontext,
        clock: Callable[[], float] = time.monotonic,
        behind: Callable[[Work], None] = behind,
    ) -> None:
        self._fetch = fetch
        self._lifetime = lifetime
        self._place = place
        self._clock = clock
        self._behind = behind
        self._lock = threading.Lock()  # held by whoever fetches
        self._value: T | None = None
        self._failure: SignInError | None = None
        self._tried_at = float("-inf")
        self._newer_tried_at = float("-inf")

    def get(self) -> T:
        """Return the document, at once if there ever was one."""
        if self._value is None:
            return self._fetched_within(self._age)
        if self._is_older_than(self._age) and self._lock.acquire(blocking=False):
            self._use_turn_behind(self._age)
        return self._value

    def get_newer(self, since: float, cooldown: float) -> T:
        """Return the document, fetched anew unless that was done after `since`, by the clock.

        For whom the document in use is of no help: they wait while another request is fetching it.
        One fetch for their sake is allowed in `cooldown` seconds, and one that fails changes
        nothing for all others.
        """
        if self._value is None:
            return self._fetched_within(cooldown)
        if self._may_be_newer(since, cooldown):
            self._take_turn()
            try:
                if self._may_be_newer(since, cooldown):
                    self._try_newer()
            finally:
                self._lock.release()
        return self._value

    def _may_be_newer(self, since: float, cooldown: float) -> bool:
        is_allowed = self._newer_tried_at <= self._clock() - cooldown
        return is_allowed and self._tried_at < since

    def _try_newer(self) -> None:
        try:
            value = self._fetch()
        except SignInError:
            return
        finally:
            self._newer_tried_at = self._clock()
        self._value, self._failure, self._tried_at = value, None, self._clock()

    @property
    def _age(self) -> float:
        return FAILURE_LIFETIME if self._failure else self._lifetime

    def _fetched_within(self, age: float) -> T:
        if self._is_older_than(age):
            self._take_turn()
            self._use_turn(age)
        if self._value is not None:
            return self._value
        raise self._error()

    def _take_turn(self) -> None:
        """Take the lock; whoever waits for it waits for the document, and finds it there."""
        if self._lock.acquire(blocking=False):
            return
        with self._place():
            if not self._lock.acquire(timeout=seconds_left()):
                raise OutgoingError(ErrorCode.TIMEOUT, "another request's fetch")

    def _use_turn_behind(self, age: float) -> None:
        """Use the turn in another thread, or in this one where no other can be had."""
        try:
            self._behind(partial(self._use_turn, age))
        except RuntimeError:  # what `threading` raises at the system's limit
            self._use_turn(age)

    def _use_turn(self, age: float) -> None:
        """Fetch the document, unless the turn before has done it, and give the lock back."""
        try:
            if self._is_older_than(age):
                self._try()
        finally:
            self._lock.release()

    def _try(self) -> None:
        try:
            self._value, self._failure = self._fetch(), None
        except SignInError as error:
            self._failure = error
        self._tried_at = self._clock()

    def _is_older_than(self, age: float) -> bool:
        return self._tried_at <= self._clock() - age

    def _error(self) -> SignInError:
        """Return an error of its own for each request that meets the failure."""
        failure = self._failure or OutgoingError(ErrorCode.TIMEOUT, "another request's fetch")
        return type(failure)(failure.code, failure.detail)
