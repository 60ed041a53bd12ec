"""Start a session: the end of every sign-in, through a provider or by password (step 8)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import Case, F, Q, When
from django.utils import timezone

from audit.models import Actor
from sessions.errors import AccountGoneError, AccountSuspendedError
from sessions.lifetime import alive, revoke
from sessions.models import Session, User
from sessions.refresh_tokens import issue_refresh_token, refresh
from sessions.session_tokens import SessionToken, issue_session_token
from sessions.signing_keys.keyring import ensure_signing_key
from web.written_sql import insert_row, new_row

KEY, LAST_LOGIN = User._meta.pk, User._meta.get_field("last_login")  # noqa: SLF001 - documented
# Every sign-in runs this. Composing it with Django takes ten times as long as running it.
NOTE_SIGN_IN = """\
UPDATE signet_sessions_user SET last_login = %s
WHERE id = %s AND is_active AND (%s OR EXISTS (
    SELECT 1 FROM socialaccount_socialaccount AS account
    WHERE account.id = %s AND account.user_id = signet_sessions_user.id
)) AND """


# What a session that goes on has from the last sign-in
RENEWED = (
    *("provider", "account", "groups", "user_agent"),
    *("auth_time", "refreshed_at", "expires_at"),
)


@dataclass(frozen=True)
class Terms:
    """What a sign-in has relied on.

    `condition` is SQL that is true while all of it holds. `broken` returns the error for what no
    longer holds. Where `is_complete` is False, `broken` checks more than the condition does.
    Whoever locks rows takes providers by key, then people by key, then sessions.
    """

    condition: str = "TRUE"
    parameters: tuple[Any, ...] = ()
    broken: Callable[[], Exception | None] = lambda: None
    is_complete: bool = True

    def refusal_now(self) -> Exception | None:
        """Lock what the condition reads; return the error if something no longer holds."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {self.condition}", self.parameters)
            (holds,) = cursor.fetchone()
        if not holds:
            return self.broken() or AccountGoneError()
        return None if self.is_complete else self.broken()


NO_TERMS = Terms()


@dataclass(frozen=True)
class SessionStart:
    """What a session starts with.

    `auth_time` is the NumericDate at which somebody last proved who they are, None for now.
    `earlier` is the JWT of the session that the browser had so far. It goes on if the same person
    signs in again. If `may_go_on` is False, or for another person, it ends, and a new one starts.
    """

    visitor: Actor  # the address and the browser
    groups: Sequence[str] = ()
    auth_time: float | None = None
    earlier: SessionToken | None = None
    may_go_on: bool = True


@dataclass(frozen=True)
class IssuedSession:
    """A session that has started or been refreshed, and the two tokens that its browser gets."""

    session: Session
    session_token: SessionToken
    refresh_token: str = field(repr=False)

    @classmethod
    def of(cls, session: Session) -> "IssuedSession":
        """Issue both tokens. Raises `SigningKeyUnreadableError`."""
        token = issue_session_token(session, session.user)
        return cls(session, token, issue_refresh_token(session))


def start_session(
    user: User, start: SessionStart, provider: str = "", account: int | None = None
) -> IssuedSession:
    """Make the row and issue its tokens, in the transaction that has called `note_sign_in`.

    Call `ensure_signing_key` before that transaction. Then nothing is written if the key cannot be
    opened, and no other transaction waits while a key is made. `provider` is the slug of the
    provider that vouches, and `account` is the key of the account there. An earlier session that
    does not go on ends last: this process refuses it from then on, even if the transaction fails.
    """
    session = new_session(user, start, provider, account)
    if start.earlier is None:
        insert_row(session)
        return IssuedSession.of(session)
    if start.may_go_on and (same := _same_session(session, start.earlier)):
        return IssuedSession.of(same)
    insert_row(session)
    issued = IssuedSession.of(session)
    revoke(start.earlier.sid, Session.End.REPLACED)
    return issued


def _same_session(new: Session, earlier: SessionToken) -> Session | None:
    """Let the earlier session go on with what the new one would have; None if it may not.

    It goes on if it is alive, a browser's and the same person's. Both lifetimes begin anew, because
    they count from a sign-in. Every refresh token of before is refused from now on; a JWT ends at
    its own time, as after a refresh.

    Several tabs may do this at once, and nobody knows whose cookies the browser keeps. So a JWT
    from before the last sign-in brings the same refresh token as that sign-in, or its successor.
    """
    if earlier.sub != str(new.user_id):
        return None
    going_on = alive(Session.objects.filter(pk=earlier.sid), new.refreshed_at)
    going_on = going_on.filter(user_id=new.user_id, holder=Session.Holder.BROWSER)
    is_known = Q(first_generation__gt=earlier.claims["gen"])
    following = F("generation") + 1
    is_same = going_on.update(
        generation=Case(When(is_known, then=F("generation")), default=following),
        first_generation=Case(When(is_known, then=F("first_generation")), default=following),
        late_successors=0,
        **{name: getattr(new, name) for name in RENEWED},
    )
    if not is_same:
        return None
    session = Session.objects.get(pk=earlier.sid)
    session.user = new.user
    return session


def new_session(
    user: User, start: SessionStart, provider: str, account: int | None = None
) -> Session:
    """Return the row of a session that starts now, not saved."""
    now = timezone.now()
    asked_at = now.timestamp() if start.auth_time is None else start.auth_time
    session = new_row(
        Session,
        user_id=user.pk,
        provider=provider,
        account=account,
        groups=list(start.groups),
        user_agent=start.visitor.user_agent[:200],
        # Never in the future, whatever a provider says
        auth_time=datetime.fromtimestamp(min(max(asked_at, 0), now.timestamp()), UTC),
        refreshed_at=now,
        expires_at=now + timedelta(seconds=settings.SESSION_LIFETIME),
    )
    session.user = user
    return session


def start_password_session(user: User, start: SessionStart) -> IssuedSession:
    """Sign in somebody whose password was right. Raises a `SignInRefusedError`."""
    ensure_signing_key()
    with transaction.atomic():
        if not note_sign_in(user):
            raise AccountSuspendedError(user)
        return start_session(user, start)


def exchange_refresh_token(token: str, actor: Actor, *, is_cookie: bool = False) -> IssuedSession:
    """Refresh, and issue both tokens. After a `SigningKeyUnreadableError`, nothing has changed."""
    ensure_signing_key()
    return IssuedSession.of(refresh(token, actor=actor, is_cookie=is_cookie))


def note_sign_in(user: User, account: int | None = None, terms: Terms = NO_TERMS) -> bool:
    """Store the time of a sign-in if it is still allowed, and tell whether it is.

    This is one statement. While the provider was answering, the person may have been suspended, the
    account disconnected, or the terms broken. `account` is the key of the account, or None.
    """
    now = timezone.now()
    using = connections[DEFAULT_DB_ALIAS]  # each look through `connection` takes 1 µs
    at = LAST_LOGIN.get_db_prep_save(now, using)
    key = KEY.get_db_prep_save(user.pk, using)
    parameters = [at, key, account is None, account, *terms.parameters]
    with using.cursor() as cursor:
        cursor.execute(NOTE_SIGN_IN + terms.condition, parameters)
        if not cursor.rowcount:
            return False
    user.last_login = now
    return True
