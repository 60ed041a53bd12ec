"""Everything the simulator remembers, in one place that can be reset."""

import itertools
import operator
import threading
import time
from collections import deque
from collections.abc import Sequence

from simulator import SLUGS
from simulator.credentials import Credentials
from simulator.faults.armed import ArmedFaults
from simulator.keys import Jwk
from simulator.middleware import received_requests


class Clock:
    """The simulator's own time, which a test may shift instead of waiting."""

    offset = 0.0  # seconds ahead of the machine's clock

    def now(self) -> float:
        return time.time() + self.offset


class RedirectUris:
    """Which redirect URIs each provider has registered for Signet (RFC 6749 §3.1.2.2)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._registered: dict[str, list[str]] = {slug: [] for slug in SLUGS}

    def reset(self, origins: Sequence[str]) -> None:
        with self._lock:
            for slug in SLUGS:
                self._registered[slug] = [
                    f"{origin}/sign-in/{slug}/callback/" for origin in origins
                ]

    def add(self, slug: str, redirect_uri: str) -> None:
        with self._lock:
            if redirect_uri not in self._registered[slug]:
                self._registered[slug].append(redirect_uri)

    def of(self, slug: str) -> list[str]:
        with self._lock:
            return list(self._registered[slug])

    def closest(self, slug: str, redirect_uri: str) -> str:
        """Return the most similar registered redirect URI, "" if none is registered."""

        def likeness(registered: str) -> int:
            return sum(itertools.takewhile(bool, map(operator.eq, registered, redirect_uri)))

        return max(self.of(slug), key=likeness, default="")


class PublishedKeys:
    """The newest keys that faults have added to each provider's JWKS."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def add(self, slug: str, keys: Sequence[Jwk]) -> None:
        with self._lock:
            self._keys[slug].extend(keys)

    def of(self, slug: str) -> list[Jwk]:
        with self._lock:
            return list(self._keys[slug])

    def clear(self) -> None:
        with self._lock:
            self._keys: dict[str, deque[Jwk]] = {slug: deque(maxlen=24) for slug in SLUGS}


class LastNonces:
    """The nonce of the last ID token of each provider."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nonces: dict[str, str] = {}

    def swap(self, slug: str, nonce: str) -> str:
        """Keep this nonce, and return the previous one, "" for the first."""
        with self._lock:
            earlier, self._nonces[slug] = self._nonces.get(slug, ""), nonce
            return earlier

    def clear(self) -> None:
        with self._lock:
            self._nonces.clear()


class Stage:
    """The state of all three providers. `open` sets its address once, at the start."""

    def __init__(self) -> None:
        self.origin = ""
        self._redirect_origins: tuple[str, ...] = ()
        self.clock = Clock()
        self.redirect_uris = RedirectUris()
        self.faults = ArmedFaults()
        self.published_keys = PublishedKeys()
        self.nonces = LastNonces()
        self.credentials = Credentials(self.clock.now)
        self.received_requests = received_requests

    def open(self, origin: str, redirect_origins: Sequence[str]) -> None:
        self.origin = origin
        self._redirect_origins = tuple(redirect_origins)
        self.reset()

    def reset(self) -> None:
        """Forget faults, codes, tokens, keys, requests, added redirect URIs, the shifted clock."""
        self.clock.offset = 0.0
        self.redirect_uris.reset(self._redirect_origins)
        self.faults.clear()
        self.published_keys.clear()
        self.nonces.clear()
        self.credentials.clear()
        self.received_requests.clear()


stage = Stage()
