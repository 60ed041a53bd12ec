"""gunicorn as `make serve` and `make demo` run it. The import reads the environment."""

import os
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connections
from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.workers.gthread import ThreadWorker

from config import error_pages, folders, health
from config.postgresql import base as postgresql
from protocol.limits import REQUEST_LINE
from providers import preparation


class ServerLogger(Logger):  # type: ignore[misc]
    """Write gunicorn's log into ours, without the query of a request that failed."""

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()  # they would wait for the reader of stderr
        self.error_log.propagate = True

    def exception(self, msg: str, *args: object, **kwargs: Any) -> None:
        super().exception(msg, *(str(arg).partition("?")[0] for arg in args), **kwargs)


class Worker(ThreadWorker):  # type: ignore[misc]
    """Send a page to a browser with too many cookies."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        if isinstance(exc, LimitRequestHeaders):
            self.log.warning("headers too large: address=%s", addr[0] if addr else "")
            util.write_nonblock(client, error_pages.headers_too_large())
        else:
            super().handle_error(req, client, addr, exc)


def _ready(arbiter: object) -> None:
    health.process_ended(os.getpid())  # this process serves nobody
    problem = health.problem()
    connections.close_all()  # no connection is shared with the workers that are forked next
    postgresql.close_idle()
    print(f"not ready: {problem}" if problem else f"ready {settings.BASE_URL}", flush=True)


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings: threads, because a sign-in mostly waits for a provider."""

    def load_config(self) -> None:
        host = "127.0.0.1" if settings.IS_LOOPBACK else "0.0.0.0"  # noqa: S104 - meant to be reached
        options: dict[str, Any] = {
            "bind": f"{host}:{settings.PORT}",
            "workers": settings.WEB_CONCURRENCY,
            "worker_class": Worker,
            "threads": settings.WEB_THREADS,
            "timeout": 60,  # seconds without a sign of life
            "graceful_timeout": 12,  # seconds for requests to end; a provider has ten to answer
            "keepalive": 15,  # seconds
            "limit_request_line": REQUEST_LINE,  # bytes; a provider's code may be long
            "limit_request_field_size": error_pages.MAX_HEADER,
            "forwarded_allow_ips": "",  # BASE_URL says where we are, whatever a header says
            "forwarder_headers": "",
            "logger_class": ServerLogger,
            "preload_app": True,
            "control_socket_disable": True,
            "loglevel": "warning",
            "child_exit": lambda arbiter, worker: health.process_ended(worker.pid),
            "on_exit": lambda arbiter: folders.remove_metrics(),
            "when_ready": _ready,
            "post_worker_init": lambda worker: preparation.begin(),  # what providers publish
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        from config.wsgi import application

        return application
