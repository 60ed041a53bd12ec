"""Keep for a while what is dear to compute. Without the cache it is computed every time."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.core.cache import cache
from redis.exceptions import RedisError

T = TypeVar("T")
PREFIX = "dashboard:"


def remembered(name: str, seconds: int, compute: Callable[[], T]) -> T:
    """Return what `compute` returned at most `seconds` ago."""
    found = recall([name])
    if name in found:
        return cast("T", found[name])
    value = compute()
    keep({name: value}, seconds)
    return value


def recall(names: list[str]) -> dict[str, Any]:
    """Return those that are known, by name."""
    try:
        found = cache.get_many([PREFIX + name for name in names])
    except RedisError:
        return {}
    return {key.removeprefix(PREFIX): value for key, value in found.items()}


def keep(values: dict[str, object], seconds: int) -> None:
    """Keep all of them; a cache that does not answer shall not cost the page."""
    try:
        cache.set_many({PREFIX + name: value for name, value in values.items()}, seconds)
    except RedisError:
        return
