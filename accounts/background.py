"""What each process does beside its requests: one daemon thread, started with the first of them.

Reading what others have revoked, writing confirmations and rotating keys belong to no request. The
thread starts after a server has forked, and a database that is gone for a while does not end it.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.db import connection

import audit
from accounts import confirmations, revocation, signing_keys
from encryption import SealBrokenError

logger = logging.getLogger(__name__)
INTERVAL = 0.4  # seconds
ROTATION_INTERVAL = 60  # seconds between two looks at the age of the keys

_tasks: list[Callable[[], object]] = []  # of other rooms
_lock = threading.Lock()
_running: dict[int, threading.Event] = {}  # process id -> what stops its thread
_rotation = [float("-inf")]  # seconds, time.monotonic(): when the keys were looked at


def in_background(task: Callable[[], object]) -> None:
    """Have the thread of each process do this too, at every turn; it may ask the database."""
    _tasks.append(task)


def start_background() -> None:
    """See to it that this process has its thread. Called with every request: a look-up."""
    if os.getpid() not in _running:
        _start()


def _start() -> None:
    stopped = threading.Event()
    with _lock:
        is_first = _running.setdefault(os.getpid(), stopped) is stopped
    if is_first:
        threading.Thread(target=_run, args=(stopped,), name="background", daemon=True).start()


def stop() -> None:
    """End the thread of this process at its next turn."""
    stopped = _running.pop(os.getpid(), None)
    if stopped:
        stopped.set()


def _run(stopped: threading.Event) -> None:
    well = True
    while not stopped.wait(INTERVAL):
        try:
            turn()
        except (DatabaseError, SealBrokenError) as error:
            if well:
                logger.error("the background thread is held up: %s", type(error).__name__)
            connection.close()
            well = False
        else:
            well = True
    connection.close()


def turn() -> None:
    """Do once what the thread does again and again."""
    revocation.read()
    signing_keys.reload()
    confirmations.write()
    for task in _tasks:
        task()
    audit.write()
    _rotate_if_due()


def _rotate_if_due() -> None:
    """Look once a minute whether a signing key's time has come; any process may."""
    if time.monotonic() - _rotation[0] >= ROTATION_INTERVAL:
        _rotation[0] = time.monotonic()
        signing_keys.rotate_if_due()
