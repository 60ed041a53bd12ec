"""Notices on the account page: an account was connected to yours, or disconnected.

Signet sends no mail. So the account page shows a notice in every session of the person until
somebody dismisses it. The session that made the change does not show it, and neither does a
session that began through the added account.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.self_service.connections import provider_name
from audit.models import Action, Target
from audit.reading import ChangedWayIn, changed_ways_in
from audit.recording import record
from sessions.models import Session
from sessions.session_request import SignedInRequest, actor_of
from web.shown import device

SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Notice:
    """An account that was connected, or disconnected."""

    key: str
    provider: str  # its name
    known_as: str  # the account there, "" where that is not known
    account: str  # its key here, "" where it was disconnected
    at: datetime
    by_admin: bool
    may_be_put_away: bool  # by this session
    ip: str
    device: str


def notices_for(request: SignedInRequest) -> list[Notice]:
    """Return the notices for this session: two queries, and one more for each notice.

    A session that began through an account with an unread notice cannot mark any notice as read.
    So an attacker who has connected an account cannot confirm it with that account.
    """
    sid = request.session_token.sid
    changes = changed_ways_in(request.session_token.sub, timezone.now() - SHOWN_FOR)
    added = {change.account for change in changes if change.is_added}
    session = Session.objects.filter(pk=sid).first() if added else None
    through = session.account if session else None
    return [
        _notice(request, change, may_be_put_away=through not in added)
        for change in changes
        if not _is_its_own(change, sid, through)
    ]


def notice_of(request: SignedInRequest, key: str) -> Notice | None:
    """Return the notice of this key, None if this session does not see it."""
    return next((notice for notice in notices_for(request) if notice.key == key), None)


def put_away(request: SignedInRequest, notice: Notice) -> None:
    """Dismiss it in all sessions, if this session may."""
    if notice.may_be_put_away:
        record(Action.WAYS_IN_READ, actor_of(request), Target("event", notice.key))


def _is_its_own(change: ChangedWayIn, sid: str, through: int | None) -> bool:
    """Tell whether this session did it, or began through the account that was added."""
    if change.is_added:
        return change.account == through
    return bool(change.event.after.get("session") == sid)


def _notice(request: SignedInRequest, change: ChangedWayIn, *, may_be_put_away: bool) -> Notice:
    event = change.event
    return Notice(
        key=change.key,
        provider=provider_name(request, change.identity[0]),
        known_as=event.after.get("known_as", ""),
        account=str(change.account or ""),
        at=event.at,
        by_admin=event.actor_id != request.session_token.sub,
        may_be_put_away=may_be_put_away,
        ip=event.ip,
        device=device(event.user_agent),
    )
