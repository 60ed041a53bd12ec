"""How long a session lives, and how it ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.models import COMMAND_LINE, Action, Target
from audit.recording import record
from sessions import revocation
from sessions.models import Session, User

# The same as `_is_alive`, for hand-written SQL.
ALIVE = "revoked_at IS NULL AND expires_at > %s AND refreshed_at > %s"


def revoke(sid: str, end: Session.End) -> None:
    """End one session, even if its row is gone.

    Its JWTs are refused by this process at once, and by every other within a second.
    """
    revocation.remember(sid)
    Session.objects.filter(pk=sid, revoked_at=None).update(revoked_at=timezone.now(), end=end)


def revoke_all(sessions: QuerySet[Session], end: Session.End) -> int:
    """End all of these sessions, as `revoke` does; return how many had not ended or expired.

    Connecting an account may replace one of them at the same time. The second statement ends the
    new session.
    """
    now = timezone.now()
    going_on = sessions.filter(revoked_at=None, expires_at__gt=now)
    count = sum(going_on.update(revoked_at=now, end=end) for _ in range(2))
    if count:
        revocation.read()  # once for all of them, because there may be very many
        # Read again after the transaction: the background thread may have put back an older list.
        transaction.on_commit(revocation.read, robust=True)
    return count


def alive(sessions: QuerySet[Session], now: datetime | None = None) -> QuerySet[Session]:
    """Return those of these sessions that have not ended in any way."""
    return sessions.filter(_is_alive(now or timezone.now()))


def alive_since(sessions: QuerySet[Session], sid: str, generation: object) -> QuerySet[Session]:
    """Return the one of this id if its person has not signed in again after this generation.

    A JWT of before may begin nothing that outlives it: somebody may have copied it.
    """
    return alive(sessions.filter(pk=sid, first_generation__lte=generation))


def ended(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Return those that have ended: revoked, expired, or idle for too long."""
    return sessions.exclude(_is_alive(timezone.now()))


def _is_alive(now: datetime) -> Q:
    return Q(revoked_at=None, expires_at__gt=now, refreshed_at__gt=idle_since(now))


def alive_parameters(now: datetime) -> list[Any]:
    """Return the parameters of `ALIVE`."""
    stored = connection.ops.adapt_datetimefield_value
    return [stored(now), stored(idle_since(now))]


def is_in_time(session: Session, now: datetime) -> bool:
    """Tell whether neither lifetime is over by the clock of this machine."""
    return session.expires_at > now and session.refreshed_at > idle_since(now)


def idle_since(now: datetime) -> datetime:
    """Return the idle limit: a session that was last refreshed by this time has ended."""
    return now - timedelta(seconds=settings.SESSION_IDLE_LIFETIME)


def end_sessions_no_longer_allowed(user: User, provider: str) -> int:
    """End a person's sessions through a provider, because its rules no longer let them in."""
    with transaction.atomic():
        through_it = Session.objects.filter(user=user, provider=provider)
        ended = revoke_all(through_it, Session.End.NO_LONGER_ALLOWED)
        about = {"reason": Session.End.NO_LONGER_ALLOWED.value, "provider": provider}
        after = {"sessions": ended}
        record(Action.SESSIONS_ENDED, COMMAND_LINE, Target.of(user), after=after, **about)
    return ended


def regroup_sessions_through(user: User, provider: str, groups: Sequence[str]) -> None:
    """Set the groups of a person's sessions. Their JWTs have them after the next refresh.

    A script's session gets them only if its owner has chosen the scope `groups`.
    """
    have_groups = Q(holder=Session.Holder.BROWSER) | Q(scope__contains="groups")
    sessions = Session.objects.filter(have_groups, user=user, provider=provider)
    alive(sessions).update(groups=list(groups))
