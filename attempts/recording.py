"""Write down a sign-in that came back, after everything else has been decided.

Somebody looks for a failure at once, with its reference, or for a connection or a dry run: such a
row is one INSERT here. Of those who sign in there may be very many, and nobody waits to see it:
their rows are written by the background thread, all at once, a moment later. Whatever goes wrong
is logged and changes nothing for the visitor.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import cast
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.db import Error as DatabaseError
from django.http import HttpRequest
from redis.exceptions import RedisError

from accounts.errors import AccountError
from attempts import counting
from attempts.ended import Ended, Process
from attempts.hops import as_json
from attempts.models import SignInAttempt
from outgoing.trace import Recorder
from protocol.errors import SignInError
from providers.models import Provider
from sessions.models import User
from sessions.session_request import SessionRequest
from web.address_limit import AddressLimit
from web.addresses import client_address
from web.statements import insert

logger = logging.getLogger(__name__)
USER_AGENT_LENGTH = 200  # characters
ADDRESS_LENGTH = 45  # characters
LAST_STEP = 8
# Failures of one address that become rows; the rest is counted, so that a flood fills no table.
FAILURES = AddressLimit("failed-sign-ins", limit=30, window=3600)
MOST = 2000  # rows that wait, of about 2 KB; what comes on top is said in our log and lost

_lock = threading.Lock()
_waiting: list[SignInAttempt] = []


def record(request: HttpRequest, provider: Provider, recorder: Recorder, ended: Ended) -> bool:
    """Keep how a sign-in that this browser began has ended; a failure too many is counted.

    Returns whether it was not one too many.
    """
    seconds = time.perf_counter() - recorder.began_at
    counting.ended(provider.slug, recorder, ended, seconds)
    if ended.diagnosis and _is_one_too_many(request):
        counting.count(provider.slug, ended.diagnosis)
        return False
    heard = recorder.last_answer
    error = ended.error
    attempt = SignInAttempt(
        reference=ended.reference,
        provider=provider.slug,
        process=str(ended.process),
        diagnosis=str(ended.diagnosis or ""),
        step=error.step if error else LAST_STEP,
        status=heard.status,
        provider_error=error.provider_error if error else "",
        hint=heard.hint,
        retry_after=heard.retry_after,
        user_id=_user_id(request, error),
        address=client_address(request)[:ADDRESS_LENGTH],
        user_agent=request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH],
        unvouched_domain=recorder.unvouched_domain,
        email_problem=recorder.email_problem,
        milliseconds=round(seconds * 1000),
        hops=as_json(recorder.hops),
    )
    if ended.process == Process.SIGN_IN and not ended.diagnosis:
        _leave(attempt)
    else:
        _insert_or_say(attempt)
    return True


def _is_one_too_many(request: HttpRequest) -> bool:
    """Count a failure of this address; while the cache is gone, each might be one of a flood."""
    try:
        return not FAILURES.count(request)
    except RedisError:
        return True


def write() -> None:
    """Write the rows that wait. Called again and again; what cannot be written waits on."""
    with _lock:
        attempts = list(_waiting)
    if not attempts:
        return
    try:
        _insert(*attempts)
    except (DataError, IntegrityError):  # one of them is to blame, and takes none with it
        _insert_each(attempts)
    with _lock:
        del _waiting[: len(attempts)]


def forget() -> None:
    """Begin anew, as a new process would."""
    _waiting.clear()


def _leave(attempt: SignInAttempt) -> None:
    """Leave a row to `write`."""
    with _lock:
        is_full = len(_waiting) >= MOST
        if not is_full:
            _waiting.append(attempt)
    if is_full:
        logger.error("a sign-in was not recorded: too many wait")


def _insert_each(attempts: Sequence[SignInAttempt]) -> None:
    """Insert one after another; the rows of people who are gone by now name nobody."""
    named = {attempt.user_id for attempt in attempts if attempt.user_id}
    people = set(User.objects.filter(pk__in=named).values_list("pk", flat=True))
    for attempt in attempts:
        if attempt.user_id not in people:
            attempt.user_id = None
        _insert_or_say(attempt)


def _insert_or_say(attempt: SignInAttempt) -> None:
    try:
        _insert(attempt)
    except DatabaseError as failure:
        logger.error("a sign-in was not recorded: %s", type(failure).__name__)


def _insert(*attempts: SignInAttempt) -> None:
    """Insert rows, all or none."""
    with transaction.atomic():
        insert(*attempts)


def _user_id(request: HttpRequest, error: SignInError | None) -> UUID | str | None:
    """Return whose sign-in it was, as far as that came out."""
    if isinstance(error, AccountError):
        return error.actor.id or None
    session = cast("SessionRequest", request).started_session
    return session.user_id if session and error is None else None
