"""How long a session lives, and how it ends."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.actor import Actor, Target
from audit.events import Action
from audit.recording import note
from sessions import revocation
from sessions.models import Session
from sessions.session_tokens import SessionToken

logger = logging.getLogger(__name__)


def end_session(
    token: SessionToken, actor: Actor, end: Session.End = Session.End.SIGNED_OUT
) -> None:
    """Revoke the session of a JWT that was presented."""
    revoke(token.sid, end)
    if end == Session.End.SIGNED_OUT:
        note(Action.SIGNED_OUT, actor, Target("session", token.sid))
    logger.info("signed out: user=%s sid=%s", token.sub, token.sid)


def revoke(sid: str, end: Session.End) -> None:
    """End one session, also one whose row is gone.

    Its JWTs are refused by this process at once, and by every other within a second.
    """
    revocation.remember(sid)
    Session.objects.filter(pk=sid, revoked_at=None).update(revoked_at=timezone.now(), end=end)


def revoke_all(sessions: QuerySet[Session], end: Session.End) -> int:
    """End all of these sessions, as `revoke` does; return how many had not ended or expired.

    Meanwhile one of them may be replaced, when somebody connects an account. So this looks twice,
    and finds its successor.
    """
    now = timezone.now()
    going_on = sessions.filter(revoked_at=None, expires_at__gt=now)
    count = sum(going_on.update(revoked_at=now, end=end) for _ in range(2))
    if count:
        revocation.read()  # they may be very many: not one by one
    return count


def alive(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Return those of these sessions that have not ended in any way."""
    return sessions.filter(_is_alive(timezone.now()))


def ended(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Return those that have ended: revoked, expired, or idle for too long."""
    return sessions.exclude(_is_alive(timezone.now()))


def _is_alive(now: datetime) -> Q:
    return Q(revoked_at=None, expires_at__gt=now, refreshed_at__gt=idle_since(now))


def is_in_time(session: Session, now: datetime) -> bool:
    """Tell whether neither lifetime is over by the clock of this machine."""
    return session.expires_at > now and session.refreshed_at > idle_since(now)


def idle_since(now: datetime) -> datetime:
    """Return when a session has to have been refreshed last, not to be idle for too long."""
    return now - timedelta(seconds=settings.SESSION_IDLE_LIFETIME)
