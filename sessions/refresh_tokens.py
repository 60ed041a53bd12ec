"""The refresh token: how a session outlives its short JWTs (RFC 6749 §6, RFC 9700 §4.14.2).

It is `sid.generation.mac` (`counted_tokens`).
"""

import json
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone
from prometheus_client import Counter

from audit.models import UNKNOWN, Action, Actor, Result, Target
from audit.recording import note
from sessions import counted_tokens
from sessions.errors import RefreshRefusedError
from sessions.lifetime import ALIVE, alive_parameters, is_in_time, revoke
from sessions.models import Session, User
from web.written_sql import find_all, instance, stored_key

logger = logging.getLogger(__name__)
PURPOSE = "accounts.refresh_token"
MAX_LATE_SUCCESSORS = 3  # of one session
# Some scripts never show their JWTs here. Then a thief looks like a script that lost an answer.
LATE_FOR_SCRIPTS = timedelta(minutes=10)
MOST_ENDED = 10_000  # sessions, about 300 bytes each
REFRESHES = Counter(
    "signet_refreshes",
    "Refresh tokens that came: the session moved on, the same successor was repeated, or refused",
    ["outcome"],
)
REPLAYS = Counter(
    "signet_refresh_replays", "Refresh tokens that came again too late, and ended their session"
)

# Every refresh runs these two. Composing them with Django takes ten times as long as running them.
MOVE_ON = f"""\
UPDATE signet_sessions_session SET refreshed_at = %s, generation = generation + 1
WHERE id = %s AND generation = %s AND (%s OR holder = 'browser') AND {ALIVE}
"""  # noqa: S608 - our own
FIND_SESSION = """\
SELECT session.*,
    person.email AS person_email, person.name AS person_name,
    person.picture AS person_picture, person.is_active AS person_is_active,
    person.given_groups AS person_given_groups,
    address.email AS proven_address
FROM signet_sessions_session AS session
LEFT JOIN signet_sessions_user AS person ON person.id = session.user_id
LEFT JOIN account_emailaddress AS address ON address.user_id = person.id AND address.verified
WHERE session.id = %s
ORDER BY address."primary" DESC, address.id
"""
# The other columns load when somebody needs them.
PERSON = ("email", "name", "picture", "is_active")

OLDER_DATABASE = (
    "a refresh token is newer than its session: user=%s sid=%s. After restoring a backup of the"
    " database run: manage.py sessions revoke --restored"
)

_lock = threading.Lock()
_ended: dict[UUID, bool] = {}  # sids of sessions that are over for good, the oldest first


def issue_refresh_token(session: Session) -> str:
    """Return the refresh token of the session's present generation; the same one every time."""
    return counted_tokens.issue(PURPOSE, session.pk, session.generation)


def validate_refresh_token(token: str) -> tuple[UUID, int]:
    """Check the MAC; return `sid` and generation. Whether it is still good is not checked."""
    try:
        return counted_tokens.read(PURPOSE, token)
    except counted_tokens.ForeignTokenError:
        raise RefreshRefusedError("not one of our refresh tokens") from None


def sids_of(tokens: Sequence[str]) -> list[str]:
    """Return the session ids of these tokens, each id once."""
    sids: dict[str, None] = {}
    for token in tokens:
        with suppress(RefreshRefusedError):
            sids[str(validate_refresh_token(token)[0])] = None
    return list(sids)


@REFRESHES.labels("refused").count_exceptions(RefreshRefusedError)
def refresh(
    token: str, now: datetime | None = None, actor: Actor = UNKNOWN, *, is_cookie: bool = False
) -> Session:
    """Return the session in the generation after the token's.

    If several requests bring one token at once, a single UPDATE decides which one moves the
    session on. The others get the same generation, and so does a client that lost the answer.
    A token is replayed if it was replaced and its successor is in use. Then the session ends.
    A token from before the last sign-in is only refused. Whoever copied it has nothing that counts,
    and a request that the browser sent before it got its new cookies may not end the session.

    `actor` says where the token came from. A cookie refreshes only browsers: a script's token is
    refused there, but stays good. Raises `RefreshRefusedError`.
    """
    sid, generation = validate_refresh_token(token)
    now = now or timezone.now()
    if sid in _ended:
        raise RefreshRefusedError("the session has ended")
    moved = _moves_on(sid, generation, now, is_cookie=is_cookie)
    session = _session_of(sid, now)
    if is_cookie and session.holder != Session.Holder.BROWSER:
        raise RefreshRefusedError("the token of a script is no cookie")
    if generation < session.first_generation:  # even if it moved: the sign-in came in between
        raise RefreshRefusedError("its person has signed in again since")
    if not moved:
        _hand_out_again(session, generation, now, actor)
    session.generation = generation + 1
    REFRESHES.labels("moved_on" if moved else "repeated").inc()
    return session


def _moves_on(sid: UUID, generation: int, now: datetime, *, is_cookie: bool) -> bool:
    """Begin the next generation, unless another request has done so or the session has ended."""
    key, alive = stored_key(sid), alive_parameters(now)
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ON, [alive[0], key, generation, not is_cookie, *alive])
        return bool(cursor.rowcount == 1)


def _session_of(sid: UUID, now: datetime) -> Session:
    """Return the session with its user, or refuse it. Remember one that has ended for good."""
    rows = find_all(Session, FIND_SESSION, [stored_key(sid)])
    session, columns = rows[0] if rows else (None, {})
    if session is None or session.revoked_at is not None:
        _remember_end(sid)
        raise RefreshRefusedError("the session has ended")
    if not is_in_time(session, now) or not columns["person_is_active"]:  # either may change
        raise RefreshRefusedError("the session has ended")
    person = {name: columns[f"person_{name}"] for name in PERSON}
    given = json.loads(columns["person_given_groups"])
    session.user = instance(User, {"id": session.user_id, "given_groups": given, **person})
    proven = (each["proven_address"] for _, each in rows)
    session.user.proven_addresses = tuple(filter(None, proven))
    return session


def _remember_end(sid: UUID) -> None:
    """Refuse it without a query from now on: a browser tries its cookie with every request."""
    with _lock:
        if len(_ended) >= MOST_ENDED:
            del _ended[next(iter(_ended))]
        _ended[sid] = True


def _hand_out_again(session: Session, presented: int, now: datetime, actor: Actor) -> None:
    """Allow the previous token its successor again, or refuse. A replay also ends the session."""
    if session.generation == presented + 1:
        grace = timedelta(seconds=settings.REFRESH_GRACE)
        age = now - session.refreshed_at
        if age <= grace or _may_be_late(session, age):
            return
    if session.generation < presented:
        logger.error(OLDER_DATABASE, session.user_id, session.pk)
    if session.generation > presented:
        logger.warning("refresh token replayed: user=%s sid=%s", session.user_id, session.pk)
        revoke(str(session.pk), Session.End.REPLAYED)
        REPLAYS.inc()
        about = {"result": Result.REFUSED, "provider": session.provider}
        before = {"session": str(session.pk), "device": session.audit_label}
        note(Action.REPLAYED, actor, Target.of(session.user), before=before, **about)
    raise RefreshRefusedError("the refresh token has been replaced")


def _may_be_late(session: Session, age: timedelta) -> bool:
    """Count one more late successor, unless it is in use or there were too many.

    `age` is the time since the token was replaced. It is not limited for browsers, because they
    may sleep for days.
    """
    if session.holder != Session.Holder.BROWSER and age > LATE_FOR_SCRIPTS:
        return False
    unconfirmed = Session.objects.filter(
        pk=session.pk,
        generation=session.generation,
        confirmed_generation__lt=session.generation,
        late_successors__lt=MAX_LATE_SUCCESSORS,
    )
    return unconfirmed.update(late_successors=F("late_successors") + 1) == 1
