"""Write down a sign-in that came back: one INSERT, after everything else has been decided.

Whatever goes wrong here is logged and changes nothing for the visitor.
"""

import logging
import time
import uuid
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Field
from django.http import HttpRequest
from django.utils import timezone

import accounts
from oauth_client.attempts import counting, measures
from oauth_client.attempts.hops import as_json
from oauth_client.attempts.models import SignInAttempt
from oauth_client.diagnosis import Diagnosis
from oauth_client.errors import AccountError, SignInError
from oauth_client.models import Provider
from oauth_client.progress import Process
from oauth_client.trace import NOTHING, Recorder

logger = logging.getLogger(__name__)
USER_AGENT_LENGTH = 200  # characters
ADDRESS_LENGTH = 45  # characters
LAST_STEP = 8
FIELDS = SignInAttempt._meta  # noqa: SLF001 - documented by Django
TABLE = FIELDS.db_table
# Failures of one address that become rows; the rest is counted, so that a flood fills no table.
FAILURES = accounts.AddressLimit("failed-sign-ins", limit=30, window=3600)


@dataclass(frozen=True)
class Ended:
    """How a sign-in ended, under the reference that its visitor may know."""

    process: Process
    reference: str
    error: SignInError | None = None
    diagnosis: Diagnosis | None = None


def record(request: HttpRequest, provider: Provider, recorder: Recorder, ended: Ended) -> bool:
    """Keep how a sign-in that this browser began has ended; a failure too many is counted.

    Returns whether it was not one too many.
    """
    seconds = time.perf_counter() - recorder.began_at
    measures.ended(provider.slug, recorder, ended, seconds)
    if ended.diagnosis and not FAILURES.count(request):
        counting.count(provider.slug, ended.diagnosis)
        return False
    heard = recorder.last_answer or NOTHING
    error = ended.error
    row = {
        "id": _database_value("id", uuid.uuid4()),
        "reference": ended.reference,
        "created_at": connection.ops.adapt_datetimefield_value(timezone.now()),
        "provider": provider.slug,
        "process": str(ended.process),
        "diagnosis": str(ended.diagnosis or ""),
        "step": error.step if error else LAST_STEP,
        "status": heard.status,
        "provider_error": error.provider_error if error else "",
        "hint": heard.hint,
        "retry_after": heard.retry_after,
        "user_id": _database_value("user", _user_id(request, error)),
        "address": accounts.client_address(request)[:ADDRESS_LENGTH],
        "user_agent": request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH],
        "unvouched_domain": recorder.unvouched_domain,
        "milliseconds": round(seconds * 1000),
        "hops": as_json(recorder.hops),
    }
    _insert(row)
    return True


def _insert(row: dict[str, Any]) -> None:
    """Insert a row. Written out, because every sign-in pays for it."""
    columns, places = ", ".join(row), ", ".join(["%s"] * len(row))
    statement = f"INSERT INTO {TABLE} ({columns}) VALUES ({places})"  # noqa: S608 - our own names
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, list(row.values()))
    except DatabaseError as failure:
        logger.error("a sign-in was not recorded: %s", type(failure).__name__)


def _database_value(field: str, value: object) -> Any:
    """Return a key as the columns of this database hold it."""
    column = cast("Field[Any, Any]", FIELDS.get_field(field))
    return column.get_db_prep_value(value, connection)


def _user_id(request: HttpRequest, error: SignInError | None) -> UUID | str | None:
    """Return whose sign-in it was, as far as that came out."""
    if isinstance(error, AccountError):
        return error.actor.id or None
    session = cast("accounts.SessionRequest", request).started_session
    return session.user_id if session and error is None else None
