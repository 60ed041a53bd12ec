import logging
import sqlite3

import psycopg
import pytest
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
)
from redis.exceptions import ConnectionError as NoConnectionError
from redis.exceptions import ReadOnlyError
from redis.exceptions import TimeoutError as TooLateError

from config.outage import OutageFilter, gone_part, sentence


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


def test_a_database_that_only_reads_is_as_good_as_gone() -> None:
    error = of(InternalError("x"), psycopg.errors.ReadOnlySqlTransaction("x"))
    assert gone_part(error) == "the database"
    assert not gone_part(of(InternalError("x"), psycopg.errors.InternalError("x")))


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


def of(error: Exception, cause: Exception) -> Exception:
    """Return an error as Django makes it of a driver's."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            NoConnectionError("redis://:hunter2@cache"),
            "The Redis of CACHE_URL does not answer (Con",
        ),
        (OperationalError("host=hunter2"), "The database of DATABASE_URL does not answer (Operati"),
        (
            of(OperationalError("hunter2"), psycopg.OperationalError("hunter2")),
            "The database of DATABASE_URL does not answer (OperationalError).",
        ),
        (
            of(OperationalError("x"), sqlite3.OperationalError("unable to open database file")),
            "The database of DATABASE_URL cannot be used (unable to open database file).",
        ),
        (
            of(DatabaseError("x"), sqlite3.DatabaseError("file is not a database")),
            "The database of DATABASE_URL cannot be used (file is not a database).",
        ),
        (
            of(
                OperationalError("x"),
                sqlite3.OperationalError("no such table: signet_sessions_user"),
            ),
            "The database of DATABASE_URL has no such tables yet. Try: manage.py migrate",
        ),
        (
            of(ProgrammingError("x"), psycopg.errors.UndefinedTable("x")),
            "The database of DATABASE_URL has no such tables yet. Try: manage.py migrate",
        ),
        (
            of(InternalError("x"), psycopg.errors.ReadOnlySqlTransaction("x")),
            "The database of DATABASE_URL cannot be written to: it may be a replica.",
        ),
        (of(ProgrammingError("x"), psycopg.errors.SyntaxError("x")), ""),
        (of(IntegrityError("x"), sqlite3.IntegrityError("UNIQUE")), ""),
        (KeyError("x"), ""),
    ],
    ids=[
        "Redis",
        "no cause",
        "PostgreSQL",
        "no file",
        "another file",
        "a new SQLite",
        "a new PostgreSQL",
        "a copy",
        "a fault in a statement",
        "a row too many",
        "a fault of ours",
    ],
)
def test_a_command_says_which_setting_to_look_at(error: Exception, words: str) -> None:
    assert sentence(error).startswith(words)
    assert bool(sentence(error)) is bool(words)
    assert "hunter2" not in sentence(error)
