"""Keep a document for its lifetime, and fetch it once for all who wait for it."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Generic, TypeVar

from outgoing import seconds_left
from protocol.errors import ErrorCode, OutgoingError, SignInError

T = TypeVar("T")
FAILURE_LIFETIME = 5  # seconds before a failed fetch is tried again

Work = Callable[[], None]


def in_background(work: Work) -> None:
    """Do the work in a new thread, for which nobody waits."""
    threading.Thread(target=work, name="document", daemon=True).start()


class Remembered(Generic[T]):
    """One document of a provider, in this process.

    `lifetime` is in seconds. After it, a background thread fetches the document again. Meanwhile,
    and also if that fails, the old one stays in use. If there is no document yet, one request
    fetches it. The others wait within their deadlines, each in a `place`. A failure is remembered
    for a few seconds, so that not every visitor has to wait for a dead provider.
    """

    def __init__(
        self,
        fetch: Callable[[], T],
        lifetime: float,
        place: Callable[[], AbstractContextManager[object]] = nullcontext,
        clock: Callable[[], float] = time.monotonic,
        in_background: Callable[[Work], None] = in_background,
    ) -> None:
        self._fetch = fetch
        self._lifetime = lifetime
        self._place = place
        self._clock = clock
        self._in_background = in_background
        self._lock = threading.Lock()  # held by whoever fetches
        self._value: T | None = None
        self._failure: SignInError | None = None
        self._tried_at = float("-inf")
        self._newer_tried_at = float("-inf")

    def get(self) -> T:
        """Return the document, without waiting if there ever was one."""
        if self._value is None:
            return self._fetched_within(self._age)
        if self._is_older_than(self._age) and self._lock.acquire(blocking=False):
            self._use_turn_in_background(self._age)
        return self._value

    def get_newer(self, since: float, cooldown: float) -> T:
        """Return a document fetched after the time `since`, if `cooldown` allows a fetch.

        Callers use this if the current document does not have what they need. They wait while
        another request fetches it. One such fetch is allowed in `cooldown` seconds. If it fails,
        nothing changes for others.
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
        """Take the lock, or wait until another thread has fetched the document and releases it."""
        if self._lock.acquire(blocking=False):
            return
        with self._place():
            if not self._lock.acquire(timeout=seconds_left()):
                raise OutgoingError(ErrorCode.TIMEOUT, "another request's fetch")

    def _use_turn_in_background(self, age: float) -> None:
        """Use the turn in another thread, or in this one if the system has no more threads."""
        try:
            self._in_background(partial(self._use_turn, age))
        except RuntimeError:  # `threading` raises it at the system's limit
            self._use_turn(age)

    def _use_turn(self, age: float) -> None:
        """Fetch the document unless another thread has just done so, and release the lock."""
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
        """Return a new error for each request that meets the failure."""
        failure = self._failure or OutgoingError(ErrorCode.TIMEOUT, "another request's fetch")
        return type(failure)(failure.code, failure.detail)
