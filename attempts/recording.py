"""Write down a sign-in that came back, after everything else has been decided.

People look up a failure, a connection or a dry run at once, so each of them is one INSERT here.
There may be very many successful sign-ins, and nobody waits to see them. So the background thread
reads their messages and writes their rows together, a moment later. To read many at once takes half
the time: 0.1 ms less of a sign-in's 3 (measured 2026-12). Errors are logged, and change nothing for
the visitor.
"""

import time
import uuid
from collections import deque
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from accounts.errors import AccountError
from attempts import counting
from attempts.models import Ended, Process, SignInAttempt, as_json
from outgoing.trace import Recorder
from providers.models import Provider
from web.addresses import AddressLimit, forwarding
from web.cache_errors import cache_errors
from web.late_rows import LateRows, Row

# Failures of one address that become rows. Others are only counted, so a flood fills no table.
FAILURES = AddressLimit("failed-sign-ins", limit=30, window=3600)
MOST_UNREAD = 100  # sign-ins whose messages, with their secrets, are still in memory
# NULL for a person who has been deleted meanwhile
PLACES = {"user_id": "(SELECT id FROM signet_sessions_user WHERE id = %s)"}
ROWS = LateRows(SignInAttempt, "a sign-in was not recorded", PLACES)

# This needs no lock: no thread sees an append or a deletion half done.
_unread: deque[tuple[Row, Recorder]] = deque()


def record(request: HttpRequest, provider: Provider, recorder: Recorder, ended: Ended) -> bool:
    """Keep how a sign-in that this browser began has ended.

    Returns False for a failure without a row: its address has had too many, or no database answers.
    """
    seconds = time.perf_counter() - recorder.began_at
    counting.ended(provider.slug, recorder, ended, seconds)
    row = _row(request, provider, ended) | {"milliseconds": round(seconds * 1000)}
    if ended.process == Process.SIGN_IN and not ended.diagnosis:
        _unread.append((row, recorder))
        if len(_unread) > MOST_UNREAD:
            _read()
        return True
    told = _told(provider.slug, recorder)
    if ended.diagnosis and _is_one_too_many(request):
        counting.count(provider.slug, ended.diagnosis)
        return False
    return ROWS.insert_or_say(row | told)


def _row(request: HttpRequest, provider: Provider, ended: Ended) -> Row:
    """Return what is known without the messages."""
    error = ended.error
    user_id: UUID | str | None = ended.user_id
    identity = ended.identity
    if isinstance(error, AccountError):
        user_id, identity = error.actor.id or None, error.identity
    return {
        "id": uuid.uuid4(),
        "reference": ended.reference,
        "created_at": timezone.now(),
        "provider": provider.slug,
        "process": str(ended.process),
        "diagnosis": ended.diagnosis,
        "step": error.step if error else 8,
        "provider_error": error.provider_error if error else "",
        "user_id": user_id,
        "address": forwarding(request).address[:45],  # characters of the column
        "user_agent": request.META.get("HTTP_USER_AGENT", "")[:200],
        "unvouched_domain": identity.unvouched_domain if identity else "",
        "email_problem": (identity and identity.email_problem) or "",
    }


def _told(provider: str, recorder: Recorder) -> Row:
    """Return the part of a row that the messages tell, and count the provider's answers."""
    counting.answered(provider, recorder.hops)
    received = recorder.last_answer
    return {
        "status": received.status,
        "hint": received.hint,
        "retry_after": received.retry_after,
        "hops": as_json(recorder.hops),
    }


def _is_one_too_many(request: HttpRequest) -> bool:
    """Count a failure of this address; while the cache is gone, each might be one of a flood."""
    try:
        return not FAILURES.count(request)
    except cache_errors():
        return True


def _read() -> None:
    """Read the messages of the sign-ins that have ended. Then nobody holds their secrets."""
    while True:
        try:
            row, recorder = _unread.popleft()
        except IndexError:  # it was the last one, or another thread has taken it
            return
        ROWS.add(row | _told(row["provider"], recorder))


def write() -> None:
    """Write the sign-ins that wait. This runs often."""
    _read()
    ROWS.write()
