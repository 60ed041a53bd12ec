"""A database or a cache that is gone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection
from django.test import override_settings

REDIS = "django.core.cache.backends.redis.RedisCache"
NOWHERE = "redis://:hunter2@127.0.0.1:1/0"  # nothing listens there


def _refuse(*_: object) -> None:
    raise OperationalError("the database db.example is gone")


@contextmanager
def database_gone() -> Iterator[None]:
    """Let every statement of this thread fail while it lasts."""
    with connection.execute_wrapper(_refuse):
        yield


@contextmanager
def database_goes_after(beginning: str) -> Iterator[None]:
    """Let every statement of this thread fail after the first that begins so."""
    is_gone = False

    def execute(run: Callable[..., Any], sql: str, *rest: object) -> Any:
        nonlocal is_gone
        if is_gone:
            _refuse()
        is_gone = sql.startswith(beginning)
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        yield


def redis_at(url: str, **options: Any) -> Any:
    """Return the caches as they are with Redis: all in it but for one."""
    import_module("redis.exceptions")  # as the settings do where `CACHE_URL` names a Redis
    shared = {"BACKEND": REDIS, "LOCATION": url, "OPTIONS": options}
    return {name: settings.CACHES[name] if name == "starts" else shared for name in settings.CACHES}


@contextmanager
def cache_gone() -> Iterator[None]:
    """Let nothing listen where Redis was; what it had kept is there again afterwards."""
    with override_settings(CACHES=redis_at(NOWHERE)):
        yield
