"""Save what becomes of the keys: publish, let sign, retire, remove, revoke.

Each function may run in any process at any time. They take turns: each locks the table first, and
then looks again at what is to be done.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from audit.models import COMMAND_LINE, ITSELF, Action, Actor, Target
from audit.recording import record
from sessions.signing_keys import algorithms, keyring, life
from sessions.signing_keys.models import SigningKey

logger = logging.getLogger(__name__)
Purpose = SigningKey.Purpose
State = SigningKey.State
TAKE_TURNS = {
    "postgresql": "LOCK TABLE signet_sessions_signingkey IN SHARE ROW EXCLUSIVE MODE",
    "sqlite": "SELECT 1",  # SQLite lets one transaction write at a time anyway
}
INTERVAL = 60  # seconds between two looks at the age of the keys


_looked_at = [float("-inf")]  # seconds, time.monotonic()


def rotate_now_and_then() -> None:
    """Look once a minute whether a key is due for a change. Any process may do it."""
    if time.monotonic() - _looked_at[0] >= INTERVAL:
        _looked_at[0] = time.monotonic()
        rotate_if_due()


def rotate_if_due(now: datetime | None = None) -> bool:
    """Do what is due for each purpose, and tell whether anything was. One query if nothing was."""
    now = now or timezone.now()
    keys = life.by_purpose(SigningKey.objects.filter(state__in=life.ACCEPTED))
    changed = [purpose for purpose, rows in keys.items() if _rotate_if_due(purpose, rows, now)]
    return bool(changed)


def _rotate_if_due(purpose: Purpose, known: list[SigningKey], now: datetime) -> bool:
    is_wanted = life.needs_successor(known, now)
    if not is_wanted and not life.settle(known, now):
        return False
    # RSA takes a second: make it before the table is locked
    new = algorithms.generate(purpose=purpose) if is_wanted else None
    with _turn(now, ITSELF, purpose) as rows:
        if new and life.needs_successor(rows, now):
            _publish(new, rows, now, ITSELF)
    return True


def rotate(
    *,
    purpose: Purpose = Purpose.SESSION,
    at_once: bool = False,
    now: datetime | None = None,
    actor: Actor = ITSELF,
) -> SigningKey:
    """Publish a key, unless one is upcoming already, and return it. It signs after a while.

    With `at_once` it signs now. Services that keep our JWKS refuse its tokens until they read it
    again.
    """
    now = now or timezone.now()
    with _turn(now, actor, purpose) as rows:
        key = life.upcoming(rows) or _publish_new(purpose, rows, now, actor)
        if at_once:
            _let_sign(key, rows, now)
    return key


def take_in(key: SigningKey) -> None:
    """Publish a key from elsewhere. It replaces an upcoming one, which has signed nothing yet."""
    now = timezone.now()
    with _turn(now, COMMAND_LINE, Purpose(key.purpose)) as rows:
        if replaced := life.upcoming(rows):
            _save(life.remove(replaced, now))
        _publish(key, rows, now, COMMAND_LINE, Action.KEY_IMPORTED)


def revoke(kid: str, now: datetime | None = None, actor: Actor = ITSELF) -> SigningKey:
    """Refuse every token of a key from now on. If it is the one that signs, another signs at once.

    A key that is gone or revoked stays as it is. Raises `SigningKey.DoesNotExist`.
    """
    now = now or timezone.now()
    purpose = Purpose(SigningKey.objects.get(kid=kid).purpose)
    with _turn(now, actor, purpose) as rows:
        key = next(row for row in rows if row.kid == kid)  # rows are never deleted
        if key.state in life.ACCEPTED:
            before, after = {"state": key.state}, {"state": State.REVOKED.value}
            record(Action.KEY_REVOKED, actor, Target.of(key), before=before, after=after)
            key.state, key.revoked_at, key.private_key = State.REVOKED, now, ""
            _save(key)
    return key


@contextmanager
def _turn(now: datetime, actor: Actor, purpose: Purpose) -> Iterator[list[SigningKey]]:
    """Yield the rows of a purpose as they are now, while no other process can change or add one.

    Everybody can still read. Afterwards one of these keys always signs. If none would, the upcoming
    key or a new one starts at once. The whole table is locked, because row locks would miss new
    rows. With row locks, processes that rotate at the same time could also deadlock.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(TAKE_TURNS[connection.vendor])
        rows = list(SigningKey.objects.filter(purpose=purpose).order_by("created_at"))
        _settle(rows, now)
        yield rows
        # By their states: another machine's clock may be ahead of ours.
        if not any(row.state == State.SIGNING for row in rows):
            key = life.upcoming(rows) or _publish_new(purpose, rows, now, actor)
            _let_sign(key, rows, now)
    keyring.reload()


def _publish_new(
    purpose: Purpose, rows: list[SigningKey], now: datetime, actor: Actor
) -> SigningKey:
    key = algorithms.generate(purpose=purpose)
    _publish(key, rows, now, actor)
    return key


def _publish(
    key: SigningKey,
    rows: list[SigningKey],
    now: datetime,
    actor: Actor,
    action: Action = Action.KEY_PUBLISHED,
) -> None:
    """Save a key as the upcoming one of these rows."""
    key.state, key.created_at, key.signs_from = State.UPCOMING, now, now + life.PRE_PUBLICATION
    key.save(force_insert=True)
    rows.append(key)
    after = {name: getattr(key, name) for name in ("purpose", "algorithm")}
    after["signs_from"] = key.signs_from.isoformat()
    record(action, actor, Target.of(key), after=after)
    words = "signing key published: kid=%s purpose=%s algorithm=%s"
    logger.info(words, key.kid, after["purpose"], key.algorithm)


def _let_sign(key: SigningKey, rows: list[SigningKey], now: datetime) -> None:
    """Let the upcoming key sign from now on."""
    key.signs_from = now
    _settle(rows, now)


def _settle(rows: list[SigningKey], now: datetime) -> None:
    for row in life.settle(rows, now):
        _save(row)


def _save(row: SigningKey) -> None:
    row.save(force_update=True)
    logger.info("signing key %s: kid=%s", row.state, row.kid)
