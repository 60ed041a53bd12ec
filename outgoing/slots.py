"""How many threads a provider may keep: as many as it needs while it answers, few when it hangs.

A provider that hangs must not hold the threads that visitors of other providers need. If a provider
answers, none of its visitors may be refused, however many there are. A limit on calls cannot
distinguish the two cases. So we look at the time since the last answer.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic

from django.db import DEFAULT_DB_ALIAS, connections

from outgoing.watchdog import seconds_left
from protocol.errors import ErrorCode, OutgoingError
from web.turns import turns

FLOOR = 4  # calls, that every provider may have
SILENCE = 3.0  # seconds without an answer to any call; then a provider counts as hanging
MEMORY = 10.0  # seconds that it still counts as hanging after its last call, unless it answers


class Threads:
    """The threads of a process, which all providers share.

    If two providers stop answering at once, a quarter is left for the others, unless there are few.
    """

    def __init__(self, threads: int) -> None:
        self.changed = threading.Condition()
        # free: places beyond the `FLOOR` of each provider; share: places of one that hangs
        self.free = max(0, min(threads - 3 * FLOOR, threads * 3 // 4))
        self.share = max(FLOOR, threads // 4)


shared_threads = lru_cache(Threads)  # one for all providers of this process
os.register_at_fork(after_in_child=shared_threads.cache_clear)


@dataclass
class Flow:
    """The calls in flight, and when the last answer came."""

    calls: dict[object, float] = field(default_factory=dict)  # ticket -> start, the oldest first
    answered_at: float = float("-inf")
    hung_at: float = float("-inf")  # when the last call ended after `SILENCE`; an answer resets it

    def silence(self, now: float) -> float:
        """Return for how many seconds calls have waited without any answer."""
        if now - self.hung_at < MEMORY:
            return SILENCE
        oldest = next(iter(self.calls.values()), now)
        return now - max(self.answered_at, oldest)


class Slots:
    """The calls in flight to one provider, in one process.

    While answers arrive, all places may be used. Any further call waits for its turn, until its
    deadline. If no answer arrives for `SILENCE` seconds, the waiting calls are refused. A new call
    then gets one of the `share` places, or is refused at once. This ends with the next answer, good
    or bad, or after `MEMORY` seconds without a call. A call that fails without an answer proves
    nothing. The same rules apply to each endpoint: one may hang while another answers.
    """

    def __init__(self, threads: Threads, clock: Callable[[], float] = monotonic) -> None:
        self._threads = threads
        self._clock = clock
        self._all = Flow()
        self._flows: dict[str, Flow] = {}  # of endpoints with calls in flight, or that have hung
        self._queue: deque[object] = deque()
        self._seconds = 0.0  # that the last answer took

    @contextmanager
    def one(self, host: str, path: str = "") -> Iterator[None]:
        """Hold a place while this thread waits for an answer.

        The thread gives its database connection back to the pool, because more threads may wait
        than there are connections. SQLite has no pool, and a connection in a transaction stays.
        Raises `OutgoingError` on entry if no place is free and waiting would not help.
        """
        connection = connections[DEFAULT_DB_ALIAS]
        is_free = not connection.in_atomic_block
        if is_free and connection.vendor == "postgresql":
            connection.close()
        endpoint, ticket = host + path, object()
        with turns.left() if is_free else nullcontext():
            self._begin(host, endpoint, ticket)
            is_answered = False
            try:
                yield
                is_answered = True
            finally:
                self._end(endpoint, ticket, is_answered=is_answered)

    def _begin(self, host: str, endpoint: str, ticket: object) -> None:
        until = self._clock() + seconds_left()
        with self._threads.changed:
            self._queue.append(ticket)
            try:
                while self._queue[0] is not ticket or (
                    len(self._all.calls) >= FLOOR  # a share has at least as many places
                    and (not self._threads.free or self._hangs(endpoint))
                ):
                    self._wait(host, endpoint, until)
                self._threads.free -= len(self._all.calls) >= FLOOR
                flow = self._flows.setdefault(endpoint, Flow())
                self._all.calls[ticket] = flow.calls[ticket] = self._clock()
            finally:
                self._queue.remove(ticket)
                self._threads.changed.notify_all()

    def _hangs(self, endpoint: str) -> bool:
        """Tell whether the provider or this endpoint hangs and already uses its whole share."""
        now, share = self._clock(), self._threads.share
        flows = (self._all, self._flows.get(endpoint, self._all))
        return any(len(flow.calls) >= share and flow.silence(now) >= SILENCE for flow in flows)

    def _wait(self, host: str, endpoint: str, until: float) -> None:
        """Wait until something changes. Refuse if waiting would not help or the time is over."""
        now = self._clock()
        patience = min(SILENCE - self._all.silence(now), until - now)
        if patience <= 0 or self._seconds > SILENCE or self._hangs(endpoint):
            raise OutgoingError(ErrorCode.PROVIDER_BUSY, f"{host}: {len(self._all.calls)} calls")
        self._threads.changed.wait(patience)

    def _end(self, endpoint: str, ticket: object, *, is_answered: bool) -> None:
        with self._threads.changed:
            self._threads.free += len(self._all.calls) > FLOOR
            now = self._clock()
            seconds = now - self._all.calls[ticket]
            for flow in (self._all, self._flows[endpoint]):
                del flow.calls[ticket]
                if is_answered:
                    flow.answered_at, flow.hung_at = now, float("-inf")
                elif seconds >= SILENCE:
                    flow.hung_at = now
            for name, flow in list(self._flows.items()):
                if not flow.calls and now - flow.hung_at >= MEMORY:
                    del self._flows[name]
            if is_answered:
                self._seconds = seconds
            self._threads.changed.notify_all()
