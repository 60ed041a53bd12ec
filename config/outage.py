"""Recognise outages of the database or Redis, and describe them in a sentence."""

import logging
import sqlite3

from django.db import DatabaseError, InterfaceError, OperationalError

from web.cache_errors import cache_errors

DATABASE_GONE = (OperationalError, InterfaceError)
# PostgreSQL's codes: an unknown table or column; a server that only reads, as a copy does
NOT_MIGRATED = ("42P01", "42703")
ONLY_READS = "25006"


def parts_gone() -> tuple[type[Exception], ...]:
    """Return the errors of an outage; `sentence` describes most of them."""
    return (DatabaseError, InterfaceError, *cache_errors())


def gone_part(error: BaseException | None) -> str:
    """Return which part is gone according to this error, "" if none is."""
    if isinstance(error, cache_errors()):
        return "the cache"
    is_gone = isinstance(error, DATABASE_GONE) or _only_reads(error)
    return "the database" if is_gone else ""


def sentence(error: BaseException) -> str:
    """Say at the command line which setting to check, "" if the error is no outage.

    It repeats SQLite's message, but not PostgreSQL's, which may contain parts of DATABASE_URL.
    """
    part, name = gone_part(error), type(error).__name__
    if part == "the cache":
        return f"The Redis of CACHE_URL does not answer ({name})."
    cause = error.__cause__
    has_no_table = str(cause).startswith(("no such table", "no such column"))  # says SQLite
    if has_no_table or getattr(cause, "sqlstate", None) in NOT_MIGRATED:
        return "The database of DATABASE_URL has no such tables yet. Try: manage.py migrate"
    if _only_reads(error):
        return "The database of DATABASE_URL cannot be written to: it may be a replica."
    if isinstance(cause, sqlite3.DatabaseError) and not isinstance(cause, sqlite3.IntegrityError):
        return f"The database of DATABASE_URL cannot be used ({cause})."
    return f"The database of DATABASE_URL does not answer ({name})." if part else ""


def _only_reads(error: BaseException | None) -> bool:
    return getattr(error and error.__cause__, "sqlstate", None) == ONLY_READS


class OutageFilter(logging.Filter):
    """Log an outage as one sentence: its traceback may contain the address of the database."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        part = gone_part(error)
        if part:
            record.msg, record.args = "%s does not answer: %s", (part, type(error).__name__)
            record.exc_info = None
        return True
