"""Keep for a while what is dear to compute. Without the cache it is computed every time."""

from collections.abc import Callable
from typing import TypeVar, cast

from django.core.cache import cache
from redis.exceptions import RedisError

T = TypeVar("T")
PREFIX = "dashboard:"


def remembered(name: str, seconds: int, compute: Callable[[], T]) -> T:
    """Return what `compute` returned at most `seconds` ago."""
    try:
        found = cache.get(PREFIX + name)
    except RedisError:  # asked once, because each time may take seconds
        return compute()
    if found is not None:
        return cast("T", found)
    value = compute()
    _keep(PREFIX + name, value, seconds)
    return value


def _keep(key: str, value: object, seconds: int) -> None:
    """Keep it; a cache that does not answer shall not cost the page."""
    try:
        cache.set(key, value, seconds)
    except RedisError:
        return
