"""What each process does beside its requests: one daemon thread, started with the first of them.

Reading what others have revoked, writing confirmations and rotating keys belong to no request. The
thread starts after a server has forked, and a database that is gone for a while does not end it.
What waits to be written when the process ends is written then; a process that is killed loses it.
"""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.db import connection

from audit.recording import write as write_OF_audit
from encryption import SealBrokenError
from sessions import confirmations, revocation, signing_keys

logger = logging.getLogger(__name__)
INTERVAL = 0.4  # seconds
PATIENCE = 5  # seconds that a process which ends waits for a turn that has begun
ROTATION_INTERVAL = 60  # seconds between two looks at the age of the keys

_tasks: list[Callable[[], object]] = []  # of other rooms, each writes something
_lock = threading.Lock()
# process id -> what stops its thread, and the thread
_running: dict[int, tuple[threading.Event, threading.Thread]] = {}
_rotation = [float("-inf")]  # seconds, time.monotonic(): when the keys were looked at


def in_background(task: Callable[[], object]) -> None:
    """Have the thread of each process write this too, at every turn and when the process ends."""
    _tasks.append(task)


def start_background() -> None:
    """See to it that this process has its thread. Called with every request: a look-up."""
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
    """End the thread of this process before its next turn; return it, if there is one."""
    stopped, thread = _running.pop(os.getpid(), (None, None))
    if stopped:
        stopped.set()
    return thread


def finish() -> None:
    """Write what waits in place of the thread, because this process ends."""
    thread = stop()
    if thread is None:
        return
    thread.join(PATIENCE)
    try:
        _write()
    except DatabaseError as error:
        logger.error("what waited to be written is lost: %s", type(error).__name__)
    connection.close()


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
    """Do once what the thread does again and again; first what decides who gets in."""
    revocation.read()
    signing_keys.reload()
    _rotate_if_due()
    _write()


def _write() -> None:
    for write in (confirmations.write, *_tasks, write_OF_audit):
        write()


def _rotate_if_due() -> None:
    """Look once a minute whether a signing key's time has come; any process may."""
    if time.monotonic() - _rotation[0] >= ROTATION_INTERVAL:
        _rotation[0] = time.monotonic()
        signing_keys.rotate_if_due()
