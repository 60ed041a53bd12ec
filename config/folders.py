"""Would a write work? Tried on the disks and the database, every few seconds at most.

A full disk leaves reading alone, and SQLite notices it only when it commits: so a file is written.
"""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connection

from config.metrics_folder import FOLDER

BYTES = 2**16  # a few sign-ins
INTERVAL = 5  # seconds
# Writes no row. A database that only reads, such as the copy of another, refuses it all the same.
STATEMENT = "UPDATE django_migrations SET name = name WHERE 1 = 0"

_turn = threading.Lock()
_last = [(float("-inf"), "")]  # when it was found out, seconds of time.monotonic(), and what


def forget() -> None:
    """Find out anew at the next question."""
    _last[0] = (float("-inf"), "")


def problem(clock: Callable[[], float] = time.monotonic) -> str:
    """Say which write would fail, "" if none. Raises what the database raises.

    While one thread finds out, all others hear what was so before.
    """
    if _turn.acquire(blocking=False):
        try:
            if clock() - _last[0][0] >= INTERVAL:
                _last[0] = (clock(), _found())
        finally:
            _turn.release()
    return _last[0][1]


def _found() -> str:
    folder = "the temporary folder"
    try:
        for folder in _folders():
            _write(folder)
    except OSError as error:
        return f"{folder} cannot be written to ({error.strerror})"
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT)
    return ""


def _folders() -> Iterator[str]:
    """Return where this process writes: its temporary files, its numbers, and SQLite's files."""
    yield tempfile.gettempdir()
    if os.environ.get(FOLDER):
        yield os.environ[FOLDER]
    file = Path(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and file.is_file():  # tests have theirs in memory
        yield str(file.parent)


def _write(folder: str) -> None:
    """Write a file that nobody sees, and that is gone with this call."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        left = os.urandom(BYTES)  # which no file system compresses to nothing
        while left:
            left = left[file.write(left) :]
