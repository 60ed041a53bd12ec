"""gunicorn as `make serve` and `make demo` run it. The import reads the environment."""

import gc
import os
import resource
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.db import close_old_connections, connection, connections
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from config import folders, health
from config.worker import ANSWER_TIME, Worker
from config.wsgi import application
from providers import preparation

MOST_CONNECTIONS = 10_000  # of a process


class ServerLogger(Logger):  # type: ignore[misc]
    """Write gunicorn's log into ours."""

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()  # they would wait for the reader of stderr
        self.error_log.propagate = True


def _ready(beside: str) -> None:
    health.process_ended(os.getpid())  # this process serves nobody
    problem = health.problem()
    connections.close_all()  # no connection is shared with the workers that are forked next
    if connection.vendor == "postgresql":
        from config.postgresql import base as postgresql  # noqa: PLC0415 - loads psycopg

        postgresql.close_idle()
    _settle()
    print(f"not ready: {problem}" if problem else f"ready {settings.BASE_URL}", flush=True)
    if beside:
        print(beside, flush=True)


def _settle() -> None:
    """Do what spares the workers time.

    The garbage collector need not look at what is loaded: that takes 0.07 s each time, and once in
    600 sign-ins (measured 2026-12). A look at old connections is enough, that of `next_of`.
    """
    request_finished.disconnect(close_old_connections)
    gc.collect()
    gc.freeze()


def _connections() -> int:
    """Raise the limit on open files. Return how many of them may be connections of visitors."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    is_limited = most != resource.RLIM_INFINITY
    return min(MOST_CONNECTIONS, most * 3 // 8) if is_limited else MOST_CONNECTIONS


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings. `beside` is said once it is ready: what else runs."""

    def __init__(self, beside: str = "") -> None:
        self.beside = beside
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": settings.BIND,
            "umask": 0o007,  # a Unix socket is for its user and group
            "workers": settings.WEB_CONCURRENCY,
            "worker_class": Worker,
            "worker_connections": _connections(),
            "asgi_loop": "asyncio",  # uvloop is not faster here
            "timeout": 60,  # seconds without a sign of life
            "graceful_timeout": ANSWER_TIME + 4,
            "logger_class": ServerLogger,
            "preload_app": True,
            "control_socket_disable": True,
            "loglevel": "warning",
            "child_exit": lambda arbiter, worker: health.process_ended(worker.pid),
            "on_exit": lambda arbiter: folders.remove_metrics(),
            "when_ready": lambda arbiter: _ready(self.beside),
            "post_worker_init": lambda worker: preparation.begin(),  # what providers publish
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return application
