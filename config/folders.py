"""The folders that a process writes to, and a test whether writing works."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connection

METRICS = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client looks for it when it is imported
PREFIX = "signet-metrics-"
BYTES = 2**16  # about what a few sign-ins write
INTERVAL = 5  # seconds
# Writes no row, but a database that only reads (a replica) refuses it all the same.
STATEMENT = "UPDATE django_migrations SET name = name WHERE 1 = 0"

_turn = threading.Lock()
_last = [(float("-inf"), "")]  # time.monotonic() of the last try, and its result


def prepare_metrics(processes: int) -> None:
    """Make the folder in which several processes share their counts for `/metrics`."""
    if os.environ.get(METRICS):
        Path(os.environ[METRICS]).mkdir(parents=True, exist_ok=True)
    elif processes > 1:
        os.environ[METRICS] = tempfile.mkdtemp(prefix=PREFIX)


def remove_metrics() -> None:
    """Remove the folder when the server stops, if `prepare_metrics` chose it."""
    folder = os.environ.get(METRICS, "")
    if Path(folder).name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def problem(clock: Callable[[], float] = time.monotonic) -> str:
    """Say which write would fail, "" if none. Raises what the database raises.

    Tries every few seconds. While one thread tries, the others get the previous result.
    """
    if _turn.acquire(blocking=False):
        try:
            if clock() - _last[0][0] >= INTERVAL:
                _last[0] = (clock(), _tried())
        finally:
            _turn.release()
    return _last[0][1]


def _tried() -> str:
    """Write to each folder: a full disk can be read, and SQLite notices it only at a commit."""
    folder = "the temporary folder"
    try:
        for folder in _folders():
            with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
                rest = os.urandom(BYTES)  # no file system compresses it to nothing
                while rest:
                    rest = rest[file.write(rest) :]
    except OSError as error:
        return f"{folder} cannot be written to ({error.strerror})"
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT)
    return ""


def _folders() -> Iterator[str]:
    """Return the folders of temporary files, of metrics, and of SQLite's files."""
    yield tempfile.gettempdir()
    if os.environ.get(METRICS):
        yield os.environ[METRICS]
    file = Path(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and file.is_file():  # tests have theirs in memory
        yield str(file.parent)
