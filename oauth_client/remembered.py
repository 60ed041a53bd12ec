"""Keep a document for its lifetime, fetch it once for many waiters, and keep it when that fails."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from oauth_client.errors import ErrorCode, OutgoingError, SignInError

T = TypeVar("T")
FAILURE_LIFETIME = 5  # seconds that a failed fetch is not tried again
WAIT = 3  # seconds that a request without any document waits for another one's fetch
MAX_WAITING = 3  # requests; a thread that waits serves nobody
MAX_WAITING_FOR_NEWER = 48  # requests that a document in use has failed


class Remembered(Generic[T]):
    """One document of a provider in this process.

    `lifetime` is in seconds. A document that cannot be fetched again stays in use, also while one
    request is fetching it. Where there is none yet, the others wait for that one request, and a
    failure is remembered for a few seconds, so that visitors do not ask a dead provider in turn.
    """

    def __init__(
        self,
        fetch: Callable[[], T],
        lifetime: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._lifetime = lifetime
        self._clock = clock
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(MAX_WAITING)
        self._newer_places = threading.BoundedSemaphore(MAX_WAITING_FOR_NEWER)
        self._value: T | None = None
        self._failure: SignInError | None = None
        self._tried_at = float("-inf")
        self._newer_tried_at = float("-inf")

    def get(self) -> T:
        """Return the document, fetching it when its lifetime is over."""
        return self._tried_within(FAILURE_LIFETIME if self._failure else self._lifetime)

    def get_newer(self, since: float, cooldown: float) -> T:
        """Return the document, fetched anew unless that was done after `since`, by the clock.

        For whom the document in use is of no help: they wait while another request is fetching it.
        One fetch for their sake is allowed in `cooldown` seconds, and one that fails changes
        nothing for all others.
        """
        if self._value is None:
            return self._tried_within(cooldown)
        if self._may_be_newer(since, cooldown) and self._waits_for_the_lock():
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

    def _waits_for_the_lock(self) -> bool:
        """Take the lock, as long as one fetch may take and as not too many threads wait."""
        if self._lock.acquire(blocking=False):
            return True
        if not self._newer_places.acquire(blocking=False):
            return False
        try:
            return self._lock.acquire(timeout=WAIT)
        finally:
            self._newer_places.release()

    def _tried_within(self, age: float) -> T:
        if self._is_older_than(age) and self._may_fetch():
            try:
                if self._is_older_than(age):
                    self._try()
            finally:
                self._lock.release()
        if self._value is not None:
            return self._value
        raise self._error()

    def _may_fetch(self) -> bool:
        """Take the lock; where there is no document yet, a few requests wait for it."""
        if self._lock.acquire(blocking=False):
            return True
        if self._value is not None:
            return False
        if not self._places.acquire(blocking=False):
            raise OutgoingError(ErrorCode.PROVIDER_BUSY, "others wait for the same document")
        try:
            return self._lock.acquire(timeout=WAIT)
        finally:
            self._places.release()

    def _is_older_than(self, age: float) -> bool:
        return self._tried_at <= self._clock() - age

    def _try(self) -> None:
        try:
            self._value, self._failure = self._fetch(), None
        except SignInError as error:
            self._failure = error
        self._tried_at = self._clock()

    def _error(self) -> SignInError:
        """Return an error of its own for each request that meets the failure."""
        failure = self._failure or OutgoingError(ErrorCode.TIMEOUT, "another request's fetch")
        return type(failure)(failure.code, failure.detail)
