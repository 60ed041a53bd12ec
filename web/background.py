"""Work that belongs to no request: rooms put their part on the lists here.

Each process has one daemon thread. It starts with the first request, after a server has forked. It
continues after an outage of the database. When the process ends, it writes what is still waiting; a
process that is killed loses it. `manage.py cleanup` has a list too.
"""

import atexit
import logging
import os
import threading
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.db import connection

from encryption import SealBrokenError

logger = logging.getLogger(__name__)
INTERVAL = 0.4  # seconds
PATIENCE = 5  # seconds that a process which ends waits for a turn that has begun

Task = Callable[[], object]
Removal = Callable[[], int]  # removes what has expired, and returns how many rows
# At every turn, the thread first reads what decides who may sign in.
readings: list[Task] = []
writings: list[Task] = []  # at every turn, and when the process ends
removals: dict[str, Removal] = {}  # what `manage.py cleanup` removes besides sessions
_lock = threading.Lock()
# process id -> what stops its thread, and the thread
_running: dict[int, tuple[threading.Event, threading.Thread]] = {}


def start_background() -> None:
    """Start the thread of this process, unless it runs. Every request calls this."""
    if os.getpid() not in _running:
        _start()


def _start() -> None:
    stopped = threading.Event()
    thread = threading.Thread(target=_run, args=(stopped,), name="background", daemon=True)
    with _lock:
        is_first = _running.setdefault(os.getpid(), (stopped, thread))[1] is thread
    if is_first:
        thread.start()
        atexit.register(finish)


def stop() -> threading.Thread | None:
    """Stop the thread of this process before its next turn, and return it, if there is one."""
    stopped, thread = _running.pop(os.getpid(), (None, None))
    if stopped:
        stopped.set()
    return thread


def finish() -> None:
    """Write what is still waiting, because this process and its thread end now."""
    thread = stop()
    if thread is None:
        return
    thread.join(PATIENCE)
    try:
        for write in writings:
            write()
    except DatabaseError as error:
        logger.error("what waited to be written is lost: %s", type(error).__name__)
    connection.close()


def _run(stopped: threading.Event) -> None:
    well = True
    while not stopped.wait(INTERVAL):
        try:
            turn()
            well = True
        except (DatabaseError, SealBrokenError) as error:
            if well:
                logger.error("the background thread is held up: %s", type(error).__name__)
            connection.close()
            well = False
    connection.close()


def turn() -> None:
    """Do all tasks of the thread once."""
    for task in (*readings, *writings):
        task()
