"""The refresh token: how a session outlives its short JWTs (RFC 6749 §6, RFC 9700 §4.14.2).

`sid.generation.mac`: the MAC is derived from SECRET_KEY for this purpose alone, so that nothing but
a counter is stored, and the same successor can be handed out again to somebody who has lost it.
"""

import logging
import math
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

import audit
from accounts.errors import RefreshRefusedError
from accounts.models import Session
from accounts.sessions import revoke
from jws import base64url

logger = logging.getLogger(__name__)
PURPOSE = "accounts.refresh_token"
SHAPE = re.compile(r"([0-9a-f-]{36})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})")
MAX_LATE_SUCCESSORS = 3  # of one session


@dataclass(frozen=True)
class RefreshToken:
    """What a refresh token of ours says."""

    sid: UUID
    generation: int


def issue_refresh_token(session: Session) -> str:
    """Return the refresh token of the session's present generation; the same one every time."""
    signed = f"{session.pk}.{session.generation}"
    return f"{signed}.{_mac(signed, settings.SECRET_KEY)}"


def seconds_left(session: Session) -> int:
    """Return for how long the session can still be refreshed: idle and absolute, the earlier."""
    now = timezone.now()
    idle = session.refreshed_at + timedelta(seconds=settings.SESSION_IDLE_LIFETIME)
    return max(0, math.ceil((min(idle, session.expires_at) - now).total_seconds()))


def validate_refresh_token(token: str) -> RefreshToken:
    """Return what the token says, if it is one of ours. Whether it is still good is not checked."""
    match = SHAPE.fullmatch(token)
    if match is None:
        raise RefreshRefusedError("no refresh token of ours")
    sid, generation, mac = match.groups()
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if secrets.compare_digest(_mac(f"{sid}.{generation}", secret), mac):
            return RefreshToken(UUID(sid), int(generation))
    raise RefreshRefusedError("no refresh token of ours")


def refresh(token: str, now: datetime | None = None, actor: audit.Actor = audit.UNKNOWN) -> Session:
    """Return the session in the generation after the token's.

    Of several that use one token at once, one moves the session on: a single UPDATE decides. The
    others get the same generation, and so does a client that has lost the answer. A token that was
    replaced and whose successor is in use is a replay, which ends the session.
    `actor` says from where it came. Raises `RefreshRefusedError`.
    """
    presented = validate_refresh_token(token)
    now = now or timezone.now()
    idle_since = now - timedelta(seconds=settings.SESSION_IDLE_LIFETIME)
    alive = Session.objects.filter(
        pk=presented.sid, revoked_at=None, expires_at__gt=now, refreshed_at__gt=idle_since
    )
    moved = alive.filter(generation=presented.generation).update(
        generation=presented.generation + 1, refreshed_at=now
    )
    session = alive.select_related("user").first()
    if session is None or not session.user.is_active:
        raise RefreshRefusedError("the session has ended")
    if not moved:
        _hand_out_again(session, presented, now, actor)
    session.generation = presented.generation + 1
    return session


def _hand_out_again(
    session: Session, presented: RefreshToken, now: datetime, actor: audit.Actor
) -> None:
    """Let the previous token have its successor again; refuse every other, and end its session."""
    if session.generation == presented.generation + 1:
        grace = timedelta(seconds=settings.REFRESH_GRACE)
        if now - session.refreshed_at <= grace or _may_be_late(session):
            return
    if session.generation > presented.generation:
        logger.warning("refresh token replayed: user=%s sid=%s", session.user_id, session.pk)
        revoke(str(session.pk), Session.End.REPLAYED)
        before = {"session": str(session.pk), "device": session.audit_label}
        audit.note(
            audit.Action.REPLAYED,
            actor,
            audit.Target.of(session.user),
            result=audit.Result.REFUSED,
            provider=session.provider,
            before=before,
        )
    raise RefreshRefusedError("the refresh token has been replaced")


def _may_be_late(session: Session) -> bool:
    """Count one more late successor, unless somebody was seen with it or there were too many."""
    unconfirmed = Session.objects.filter(
        pk=session.pk,
        generation=session.generation,
        confirmed_generation__lt=session.generation,
        late_successors__lt=MAX_LATE_SUCCESSORS,
    )
    return unconfirmed.update(late_successors=F("late_successors") + 1) == 1


def _mac(signed: str, secret: str) -> str:
    return base64url.encode(salted_hmac(PURPOSE, signed, secret, algorithm="sha256").digest())
