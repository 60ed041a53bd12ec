"""The keys as one process knows them: parsed once, found by their `kid`, published as a JWKS.

While the background thread calls `reload`, no request asks the database for keys. Where no thread
does, a process that signs or publishes looks again after `STALE_AFTER`.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import Error as DatabaseError
from django.db import IntegrityError, transaction

from audit.models import ITSELF, Action, Target
from audit.recording import record
from encryption import SealBrokenError
from protocol.jws import ALGORITHMS, base64url
from sessions.errors import SigningKeyUnreadableError
from sessions.signing_keys import algorithms, life
from sessions.signing_keys.models import SigningKey
from web.written_sql import fetched

Purpose = SigningKey.Purpose
MARK = """\
SELECT kid, state, signs_from FROM signet_sessions_signingkey WHERE state IN (%s, %s, %s)
ORDER BY created_at
"""
SEARCH_INTERVAL = 0.2  # seconds between two looks into the database for a `kid` that is not known


@dataclass(frozen=True, eq=False)
class LoadedKey:
    """A signing key, ready for use. A process has one of each `kid`."""

    kid: str
    purpose: Purpose
    algorithm: str
    private: Any = field(repr=False)  # None if it will not sign again
    public: Any = field(repr=False)
    jwk: dict[str, str] = field(repr=False)  # empty for a symmetric key


@dataclass(frozen=True)
class LoadedKeys:
    """All keys whose tokens are accepted, of both purposes, as one process knows them."""

    by_kid: dict[str, LoadedKey]
    successions: dict[Purpose, list[tuple[float, LoadedKey]]]  # signs since when, the latest first
    body: bytes  # the JWK Set (RFC 7517 §5) as it is sent: public members only
    etag: str
    loaded_at: float  # seconds, time.monotonic()
    mark: list[tuple[Any, ...]]  # of the rows; as long as it is the same, the keys are


def ensure_signing_key(now: float | None = None, purpose: Purpose = Purpose.SESSION) -> LoadedKey:
    """Return the key that signs for a purpose, and make the first one if there is none.

    `now` is a NumericDate. The first key for ID tokens takes up to two seconds. Two processes that
    start at once make one key: the table allows a single row that signs. Raises
    `SigningKeyUnreadableError`.
    """
    try:
        known = loaded(life.STALE_AFTER).successions[purpose]
        succession = known or reload().successions[purpose]
    except SealBrokenError:
        raise SigningKeyUnreadableError from None
    if succession:
        at, first_of_all = time.time() if now is None else now, succession[-1][1]
        return next((key for signs_from, key in succession if signs_from <= at), first_of_all)
    row = algorithms.generate(purpose=purpose)
    with suppress(IntegrityError), transaction.atomic():  # another's key is as good
        row.save(force_insert=True)
        after = {"purpose": purpose.value, "algorithm": row.algorithm}
        record(Action.KEY_PUBLISHED, ITSELF, Target.of(row), after=after)
    return ensure_signing_key(now, purpose)


def has_signing_key(purpose: Purpose = Purpose.SESSION) -> bool:
    """Tell whether the database holds a key that signs for a purpose."""
    return SigningKey.objects.filter(purpose=purpose, state=SigningKey.State.SIGNING).exists()


def is_loaded(kid: str) -> bool:
    """Tell whether this process has the key, without looking for it."""
    return bool(_loaded) and kid in _loaded[0].by_kid


def verification_key(kid: object, clock: Callable[[], float] = time.monotonic) -> LoadedKey | None:
    """Return the key with this `kid`. For an unknown one, read the keys again.

    This happens five times a second at most, even if the keys were read just now. Another process
    may already sign with a new key. While the database is down, an unknown key stays unknown. Not
    checked: whether the key is for such tokens. The caller looks at its `purpose`.
    """
    if not isinstance(kid, str):
        return None
    if key := loaded().by_kid.get(kid):
        return key
    now = clock()
    with _search_lock:  # look again, or wait for the thread that does so
        if now - _searched[0] >= SEARCH_INTERVAL:
            _searched[0] = now
            with suppress(DatabaseError):
                reload()
    return loaded().by_kid.get(kid)


# What this process has loaded. Reading is one attribute; only loading takes the lock.
_lock = threading.Lock()
_loaded: list[LoadedKeys] = []
_search_lock = threading.Lock()
_searched = [float("-inf")]  # seconds, time.monotonic(): when a `kid` was last looked for


def loaded(max_age: float = float("inf")) -> LoadedKeys:
    """Return the keys of this process, read at most `max_age` seconds ago; read them if needed."""
    oldest = time.monotonic() - max_age
    return _loaded[0] if _loaded and _loaded[0].loaded_at > oldest else reload(oldest)


def reload(not_after: float | None = None) -> LoadedKeys:
    """Read the keys from the database: one query shows whether there is anything new.

    If so, one reads all of them, and one more each that is new here.

    If another thread has read them after `not_after` (`time.monotonic()`, by default now), its keys
    are returned.
    """
    not_after = time.monotonic() if not_after is None else not_after
    with _lock:
        if not _loaded or _loaded[0].loaded_at <= not_after:
            _loaded[:] = [_load()]
        return _loaded[0]


def forget() -> None:
    """Load the keys anew at their next use."""
    _loaded.clear()
    _searched[0] = float("-inf")


# A server's first process may have loaded its keys long ago when it forks one that answers.
os.register_at_fork(after_in_child=forget)


def _load() -> LoadedKeys:
    now, mark = time.monotonic(), fetched(MARK, [*map(str, life.ACCEPTED)])
    if _loaded and _loaded[0].mark == mark:
        return replace(_loaded[0], loaded_at=now)
    rows = SigningKey.objects.filter(state__in=life.ACCEPTED).order_by("created_at")
    times = list(rows.values_list("kid", "state", "signs_from"))
    known = _loaded[0].by_kid if _loaded else {}  # a kid names one key for good: parse it once
    by_kid = {kid: known.get(kid) or _parse(SigningKey.objects.get(kid=kid)) for kid, *_ in times}
    successions: dict[Purpose, list[tuple[float, LoadedKey]]] = {each: [] for each in Purpose}
    for kid, state, signs_from in sorted(times, key=lambda each: each[2], reverse=True):
        if state in life.MAY_SIGN:
            successions[by_kid[kid].purpose].append((signs_from.timestamp(), by_kid[kid]))
    body = json.dumps({"keys": [key.jwk for key in by_kid.values() if key.jwk]}).encode()
    etag = f'"{base64url.encode(hashlib.sha256(body).digest())}"'
    return LoadedKeys(by_kid, successions, body, etag, now, mark)


def _parse(row: SigningKey) -> LoadedKey:
    """Parse what this process may need of a key: of a retired one, only the public part."""
    is_symmetric = row.algorithm == algorithms.SYMMETRIC
    needs_private = is_symmetric or row.state in life.MAY_SIGN
    private = algorithms.from_text(row.algorithm, row.private_key) if needs_private else None
    public = private if is_symmetric else ALGORITHMS[row.algorithm].from_jwk(row.public_jwk)
    purpose = Purpose(row.purpose)
    return LoadedKey(row.kid, purpose, row.algorithm, private, public, row.public_jwk)
