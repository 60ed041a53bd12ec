"""Keep a document for its lifetime, and fetch it once for all who wait for it."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from outgoing import seconds_left
from protocol.errors import ErrorCode, OutgoingError, SignInError

T = TypeVar("T")
LIFETIME = 3600  # seconds until a document is fetched again
FAILURE_LIFETIME = 5  # seconds before a failed fetch is tried again

Work = Callable[[], None]


def in_background(work: Work) -> None:
    """Do the work in a new thread, for which nobody waits."""
    threading.Thread(target=work, name="document", daemon=True).start()


@dataclass(eq=False)
class Remembered(Generic[T]):
    """One document of a provider, in this process.

    After its lifetime, a background thread fetches it again. Meanwhile, and also if that fails, the
    old one stays in use. If there is no document yet, one request fetches it. The others wait
    within their deadlines, each in a `place`. A failure is remembered for a few seconds, so that
    not every visitor has to wait for a dead provider.
    """

    fetch: Callable[[], T]
    place: Callable[[], AbstractContextManager[object]] = nullcontext
    clock: Callable[[], float] = time.monotonic
    in_background: Callable[[Work], None] = in_background

    def __post_init__(self) -> None:
        self._lock = threading.Lock()  # held by whoever fetches
        self._value: T | None = None
        self._failure: SignInError = OutgoingError(ErrorCode.TIMEOUT, "another request's fetch")
        self._due_at = self._tried_at = self._newer_tried_at = float("-inf")

    def get(self) -> T:
        """Return the document, without waiting if there ever was one."""
        if self.clock() >= self._due_at:
            if self._value is None:
                self._take_turn()
                self._use_turn()
            elif self._lock.acquire(blocking=False):
                try:
                    self.in_background(self._use_turn)
                except RuntimeError:  # `threading` raises it at the system's limit of threads
                    self._use_turn()
        if self._value is None:  # each request has an error of its own
            raise type(self._failure)(self._failure.code, self._failure.detail)
        return self._value

    def get_newer(self, since: float, cooldown: float) -> T:
        """Return a document fetched after the time `since`, if `cooldown` allows a fetch.

        Callers use this if the current document does not have what they need. They wait while
        another request fetches it. One such fetch is allowed in `cooldown` seconds. If it fails,
        nothing changes for others.
        """
        if self._value is not None and self._may_be_newer(since, cooldown):
            self._take_turn()
            try:
                if self._may_be_newer(since, cooldown):
                    with suppress(SignInError):
                        self._keep(self.fetch())
                    self._newer_tried_at = self.clock()
            finally:
                self._lock.release()
        return self.get()

    def _may_be_newer(self, since: float, cooldown: float) -> bool:
        is_allowed = self._newer_tried_at <= self.clock() - cooldown
        return is_allowed and self._tried_at < since

    def _take_turn(self) -> None:
        """Take the lock, or wait until another thread has fetched the document and releases it."""
        if self._lock.acquire(blocking=False):
            return
        with self.place():
            if not self._lock.acquire(timeout=seconds_left()):
                raise OutgoingError(ErrorCode.TIMEOUT, "another request's fetch")

    def _use_turn(self) -> None:
        """Fetch the document unless another thread has just done so, and release the lock."""
        try:
            if self.clock() >= self._due_at:
                self._keep(self.fetch())
        except SignInError as error:
            self._failure, self._tried_at = error, self.clock()
            self._due_at = self._tried_at + FAILURE_LIFETIME
        finally:
            self._lock.release()

    def _keep(self, value: T) -> None:
        self._value, self._tried_at = value, self.clock()
        self._due_at = self._tried_at + LIFETIME
