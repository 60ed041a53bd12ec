"""A session starts: the end of every sign-in, by whichever door (step 8)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit.actor import Actor
from sessions.errors import AccountSuspendedError
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_tokens import IssuedToken, SessionToken, issue_session_token, signing_key
from sessions.sessions import revoke
from sessions.terms import NO_TERMS, Terms
from web.statements import change

USER_AGENT_LENGTH = 200  # characters
KEY, LAST_LOGIN = User._meta.pk, User._meta.get_field("last_login")  # noqa: SLF001 - documented
# Every sign-in says this, and composing it anew would cost ten times what the database needs.
NOTE_SIGN_IN = """\
UPDATE signet_sessions_user SET last_login = %s
WHERE id = %s AND is_active AND (%s OR EXISTS (
    SELECT 1 FROM socialaccount_socialaccount AS account
    WHERE account.id = %s AND account.user_id = signet_sessions_user.id
)) AND """


@dataclass(frozen=True)
class SessionStart:
    """What a session starts with.

    `auth_time` is the NumericDate at which somebody was last asked who they are, None for now.
    `replaced` is the JWT of the session that the browser had so far: that session ends.
    """

    visitor: Actor  # the address and the browser
    groups: Sequence[str] = ()
    auth_time: float | None = None
    replaced: SessionToken | None = None


@dataclass(frozen=True)
class IssuedSession:
    """A session that has started or been refreshed, and the two tokens that its browser gets."""

    session: Session
    session_token: IssuedToken
    refresh_token: str = field(repr=False)

    @classmethod
    def of(cls, session: Session) -> "IssuedSession":
        """Issue both tokens. Raises `SigningKeyUnreadableError`."""
        issued = issue_session_token(session, session.user)
        return cls(session, issued, issue_refresh_token(session))


def start_session(
    user: User, start: SessionStart, provider: str = "", account: int | None = None
) -> IssuedSession:
    """Make the row and issue its tokens, in the transaction that has called `note_sign_in`.

    Whoever begins that transaction calls `signing_key` before: nothing is written while the key
    cannot be opened, and nobody waits for a key that is made. `provider` is the slug that vouches,
    `account` the key of the account there. The replaced session ends last: this process remembers
    that at once, whatever becomes of the transaction.
    """
    session = new_session(user, start, provider, account)
    session.save(force_insert=True)
    issued = IssuedSession.of(session)
    if start.replaced:
        revoke(start.replaced.sid, Session.End.REPLACED)
    return issued


def new_session(
    user: User, start: SessionStart, provider: str, account: int | None = None
) -> Session:
    """Return the row of a session that starts now, not saved."""
    now = timezone.now()
    return Session(
        user=user,
        provider=provider,
        account=account,
        groups=list(start.groups),
        user_agent=start.visitor.user_agent[:USER_AGENT_LENGTH],
        auth_time=now if start.auth_time is None else _not_later(now, start.auth_time),
        refreshed_at=now,
        expires_at=now + timedelta(seconds=settings.SESSION_LIFETIME),
    )


def _not_later(now: datetime, auth_time: float) -> datetime:
    """Return the time of a NumericDate, but never the future, whatever a provider says."""
    return datetime.fromtimestamp(min(max(auth_time, 0), now.timestamp()), UTC)


def start_password_session(user: User, start: SessionStart) -> IssuedSession:
    """Sign in somebody whose password was right.

    Raises `AccountSuspendedError` and `SigningKeyUnreadableError`.
    """
    signing_key()
    with transaction.atomic():
        if not note_sign_in(user):
            raise AccountSuspendedError(user)
        return start_session(user, start)


def exchange_refresh_token(token: str, actor: Actor, *, is_cookie: bool = False) -> IssuedSession:
    """Exchange a refresh token for the next two tokens, as `refresh` does.

    Raises `RefreshRefusedError`, and `SigningKeyUnreadableError`: then the session has not moved.
    """
    signing_key()
    return IssuedSession.of(refresh(token, actor=actor, is_cookie=is_cookie))


def note_sign_in(user: User, account: int | None = None, terms: Terms = NO_TERMS) -> bool:
    """Store the time of a sign-in if it is still allowed, and tell whether it is: one statement.

    A provider takes its time. Meanwhile the person may have been suspended, the account (its key,
    None for none) disconnected, or the terms broken.
    """
    now = timezone.now()
    at = LAST_LOGIN.get_db_prep_save(now, connection)
    key = KEY.get_db_prep_save(user.pk, connection)
    parameters = [at, key, account is None, account, *terms.parameters]
    if not change(NOTE_SIGN_IN + terms.condition, parameters):
        return False
    user.last_login = now
    return True
