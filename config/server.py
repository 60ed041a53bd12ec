"""gunicorn as `make serve` and `make demo` run it. It reads the environment when it is imported."""

import os
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connections
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from config import metrics, metrics_folder
from config.postgresql import base as postgresql


class ServerLogger(Logger):  # type: ignore[misc]
    """gunicorn's log, without the queries of the requests that it could not handle."""

    def exception(self, msg: str, *args: object, **kwargs: Any) -> None:
        super().exception(msg, *(str(arg).partition("?")[0] for arg in args), **kwargs)


def _prepare(worker: object) -> None:
    """Fetch what providers publish, in each process that answers visitors."""
    from oauth_client import preparation

    preparation.begin()


def _ready(arbiter: object) -> None:
    metrics.process_ended(os.getpid())  # this one answers nobody, its gauges say nothing
    print(f"ready {settings.BASE_URL}", flush=True)


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings: threads, because a sign-in mostly waits for a provider."""

    def load_config(self) -> None:
        host = "127.0.0.1" if settings.IS_LOOPBACK else "0.0.0.0"  # noqa: S104 - meant to be reached
        options: dict[str, Any] = {
            "bind": f"{host}:{settings.PORT}",
            "workers": settings.WEB_CONCURRENCY,
            "worker_class": "gthread",
            "threads": settings.WEB_THREADS,
            "timeout": 60,  # seconds without a sign of life
            "graceful_timeout": 12,  # seconds for requests to end; a provider has ten to answer
            "keepalive": 15,  # seconds
            "limit_request_line": 8190,  # bytes; a provider's code and state may be long
            "forwarded_allow_ips": "",  # BASE_URL says where we are, whatever a header says
            "forwarder_headers": "",
            "logger_class": ServerLogger,
            "preload_app": True,
            "control_socket_disable": True,
            "loglevel": "warning",
            "child_exit": lambda arbiter, worker: metrics.process_ended(worker.pid),
            "on_exit": lambda arbiter: metrics_folder.remove(),
            "when_ready": _ready,
            "post_worker_init": _prepare,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        from config.wsgi import application

        connections.close_all()  # no connection is shared with the workers that are forked next
        postgresql.close_idle()
        return application
