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
from sessions.models import SigningKey
from sessions.signing_keys import algorithms, keyring, life

logger = logging.getLogger(__name__)
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
    """Do what is due, and tell whether anything was. One query if nothing was."""
    now = now or timezone.now()
    rows = list(SigningKey.objects.filter(state__in=life.ACCEPTED))
    if not life.needs_successor(rows, now) and not life.settle(rows, now):
        return False
    with _turn(now, ITSELF) as rows:
        if life.needs_successor(rows, now):
            _publish(rows, now, ITSELF)
    return True


def rotate(
    *, at_once: bool = False, now: datetime | None = None, actor: Actor = ITSELF
) -> SigningKey:
    """Publish a key, unless one is upcoming already, and return it. It signs after a while.

    With `at_once` it signs now. Services that keep our JWKS refuse its tokens until they read it
    again.
    """
    now = now or timezone.now()
    with _turn(now, actor) as rows:
        key = life.upcoming(rows) or _publish(rows, now, actor)
        if at_once:
            _let_sign(key, rows, now)
    return key


def take_in(key: SigningKey) -> None:
    """Publish a key from elsewhere. It replaces an upcoming one, which has signed nothing yet."""
    now = timezone.now()
    with _turn(now, COMMAND_LINE) as rows:
        if replaced := life.upcoming(rows):
            _save(life.remove(replaced, now))
        _publish(rows, now, COMMAND_LINE, imported=key)


def revoke(kid: str, now: datetime | None = None, actor: Actor = ITSELF) -> SigningKey:
    """Refuse every token of a key from now on. If it is the one that signs, another signs at once.

    A key that is gone or revoked stays as it is. Raises `SigningKey.DoesNotExist`.
    """
    now = now or timezone.now()
    with _turn(now, actor) as rows:
        key = next((row for row in rows if row.kid == kid), None)
        if key is None:
            raise SigningKey.DoesNotExist(kid)
        if key.state in life.ACCEPTED:
            before, after = {"state": key.state}, {"state": State.REVOKED.value}
            record(Action.KEY_REVOKED, actor, Target.of(key), before=before, after=after)
            key.state, key.revoked_at, key.private_key = State.REVOKED, now, ""
            _save(key)
    return key


@contextmanager
def _turn(now: datetime, actor: Actor) -> Iterator[list[SigningKey]]:
    """Yield all rows as they are now, while no other process can change or add one.

    Everybody can still read. Afterwards one of the keys always signs. If none would, the upcoming
    key or a new one starts at once. The whole table is locked, because row locks would miss new
    rows. With row locks, processes that rotate at the same time could also deadlock.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(TAKE_TURNS[connection.vendor])
        rows = list(SigningKey.objects.order_by("created_at"))
        _settle(rows, now)
        yield rows
        # By their states: another machine's clock may be ahead of ours.
        if not any(row.state == State.SIGNING for row in rows):
            _let_sign(life.upcoming(rows) or _publish(rows, now, actor), rows, now)
    keyring.reload()


def _publish(
    rows: list[SigningKey], now: datetime, actor: Actor, imported: SigningKey | None = None
) -> SigningKey:
    """Save a new key, or one from elsewhere, as the upcoming one of these rows."""
    key = imported or algorithms.generate()
    action = Action.KEY_IMPORTED if imported else Action.KEY_PUBLISHED
    key.state, key.created_at, key.signs_from = State.UPCOMING, now, now + life.PRE_PUBLICATION
    key.save(force_insert=True)
    rows.append(key)
    after = {"algorithm": key.algorithm, "signs_from": key.signs_from.isoformat()}
    record(action, actor, Target.of(key), after=after)
    logger.info("signing key published: kid=%s algorithm=%s", key.kid, key.algorithm)
    return key


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
