"""A part of the site that is gone: the database or Redis. How such an error is known and logged."""

import logging

from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

DATABASE_GONE = (OperationalError, InterfaceError)


def gone_part(error: BaseException | None) -> str:
    """Name the part that an error says is gone, "" for any other error."""
    if isinstance(error, RedisError):
        return "the cache"
    return "the database" if isinstance(error, DATABASE_GONE) else ""


class OutageFilter(logging.Filter):
    """Make one sentence of the traceback of an outage, which may tell where the database is."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        part = gone_part(error)
        if part:
            record.msg, record.args = "%s does not answer: %s", (part, type(error).__name__)
            record.exc_info = None
        return True
