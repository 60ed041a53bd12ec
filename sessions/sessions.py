"""A session begins when somebody signs in, by whichever door, and ends when they sign out.

Django's `user_logged_in` and `user_logged_out` say so; the admin's password form sends them too.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models import Q, QuerySet
from django.utils import timezone

from audit.actor import Target
from audit.events import Action
from audit.recording import note
from sessions import revocation
from sessions.actors import actor_of
from sessions.errors import AccountSuspendedError
from sessions.models import Session, User
from sessions.session_request import SessionRequest
from sessions.terms import NO_TERMS, Terms
from web.statements import change, database_value, insert

logger = logging.getLogger(__name__)
USER_AGENT_LENGTH = 200  # characters
KEY, LAST_LOGIN = User._meta.pk, User._meta.get_field("last_login")  # noqa: SLF001 - documented
# Every sign-in says this, and composing it anew would cost ten times what the database needs.
NOTE_SIGN_IN = """\
UPDATE signet_sessions_user SET last_login = %s
WHERE id = %s AND is_active AND (%s OR EXISTS (
    SELECT 1 FROM socialaccount_socialaccount AS account
    WHERE account.id = %s AND account.user_id = signet_sessions_user.id
)) AND """


def listen() -> None:
    user_logged_in.disconnect(dispatch_uid="update_last_login")  # `note_sign_in` does it
    user_logged_in.connect(start_session, dispatch_uid="start_session")
    user_logged_out.connect(end_session, dispatch_uid="end_session")


def start_session(request: SessionRequest, user: User, **_: Any) -> None:
    """Make the row, and ask the middleware to hand out its tokens. An earlier session ends.

    A sign-in with an account that was known has been noted before the account was changed; a
    first one, and one with a password, has not.
    """
    now = timezone.now()
    if request.vouching_account is None and not note_sign_in(user, None, NO_TERMS):
        raise AccountSuspendedError(user)
    end_session(request, end=Session.End.REPLACED)
    request.session.flush()  # scratch paper of before the sign-in is not carried over
    session = Session(
        user=user,
        provider=request.signed_in_through,
        account=request.vouching_account,
        groups=request.granted_groups,
        user_agent=request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH],
        auth_time=_auth_time(request.told_auth_time, now),
        refreshed_at=now,
        expires_at=now + timedelta(seconds=settings.SESSION_LIFETIME),
    )
    insert(session)
    request.started_session = session
    action = Action.SIGNED_IN if session.provider else Action.ADMIN_SIGNED_IN
    actor = actor_of(request, user)
    note(action, actor, Target.of(session), provider=session.provider)
    logger.info("signed in: user=%s sid=%s provider=%s", user.pk, session.pk, session.provider)


def _auth_time(told: float | None, now: datetime) -> datetime:
    """Return when somebody was last asked who they are: now, or earlier as the provider tells."""
    if told is None:
        return now
    return datetime.fromtimestamp(min(max(told, 0), now.timestamp()), UTC)


def note_sign_in(user: User, account: int | None, terms: Terms) -> bool:
    """Store the time of a sign-in if it is still allowed, and tell whether it is: one statement.

    A provider takes its time. The person may have been suspended, the account (its key, None for
    none) disconnected, or the terms changed, since this sign-in looked.
    """
    now = timezone.now()
    at, key = (
        database_value(column, value) for column, value in ((LAST_LOGIN, now), (KEY, user.pk))
    )
    about = [at, key, account is None, account, *terms.parameters]
    if not change(NOTE_SIGN_IN + terms.condition, about):
        return False
    user.last_login = now
    return True


def end_session(
    request: SessionRequest, end: Session.End = Session.End.SIGNED_OUT, **_: Any
) -> None:
    """Revoke the session that this request was made with, if any, and take its cookies back."""
    token = request.session_token
    request.started_session, request.issued_token, request.ended_session = None, None, True
    if token is not None:
        revoke(token.sid, end)
        request.session_token, request.ended_auth_time = None, token.claims["auth_time"]
        if end == Session.End.SIGNED_OUT:
            target = Target("session", token.sid)
            note(Action.SIGNED_OUT, actor_of(request), target)
        logger.info("signed out: user=%s sid=%s", token.sub, token.sid)


def revoke(sid: str, end: Session.End) -> None:
    """End one session, also one whose row is gone.

    Its JWTs are refused by this process at once, and by every other within a second.
    """
    revocation.remember(sid)
    Session.objects.filter(pk=sid, revoked_at=None).update(revoked_at=timezone.now(), end=end)


def revoke_all(sessions: QuerySet[Session], end: Session.End) -> int:
    """End all of these sessions, as `revoke` does; return how many had not ended or expired.

    One of them may be replaced while it is about to be ended here, by somebody who connects an
    account. A second look finds its successor.
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
    """Return the others: revoked, expired, or idle for too long."""
    return sessions.exclude(_is_alive(timezone.now()))


def _is_alive(now: datetime) -> Q:
    return Q(revoked_at=None, expires_at__gt=now, refreshed_at__gt=idle_since(now))


def is_in_time(session: Session, now: datetime) -> bool:
    """Tell whether this machine's clock is within the lifetimes; another host's may be earlier."""
    return session.expires_at > now and session.refreshed_at > idle_since(now)


def idle_since(now: datetime) -> datetime:
    """Return since when a session has to have been refreshed, so as not to be idle for too long."""
    return now - timedelta(seconds=settings.SESSION_IDLE_LIFETIME)
