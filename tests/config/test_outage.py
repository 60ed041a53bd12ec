import logging

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError
from redis.exceptions import ConnectionError as NoConnectionError
from redis.exceptions import ReadOnlyError
from redis.exceptions import TimeoutError as TooLateError

from config.outage import OutageFilter, gone_part


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_the_database_is_gone_by(error: type[Exception]) -> None:
    assert gone_part(error("host=db.example")) == "the database"


@pytest.mark.parametrize("error", [NoConnectionError, TooLateError, ReadOnlyError])
def test_the_cache_is_gone_by(error: type[Exception]) -> None:
    assert gone_part(error("redis://:hunter2@cache")) == "the cache"


@pytest.mark.parametrize(
    "error", [DataError, IntegrityError, ProgrammingError, ConnectionError, TimeoutError, KeyError]
)
def test_nothing_is_gone_by(error: type[Exception]) -> None:
    assert not gone_part(error("x"))


def logged(error: Exception | None) -> logging.LogRecord:
    told = (type(error), error, None) if error else None
    record = logging.LogRecord("n", logging.ERROR, "f", 1, "%s: %s", ("Error", "/x"), told)
    assert OutageFilter().filter(record)
    return record


def test_an_outage_is_one_sentence_in_the_log() -> None:
    record = logged(OperationalError("host=db.example"))
    assert record.getMessage() == "the database does not answer: OperationalError"
    assert record.exc_info is None


@pytest.mark.parametrize("error", [KeyError("x"), None], ids=["a fault of ours", "no error"])
def test_what_is_no_outage_is_logged_as_before(error: Exception | None) -> None:
    record = logged(error)
    assert record.getMessage() == "Error: /x"
    assert bool(record.exc_info) == bool(error)
