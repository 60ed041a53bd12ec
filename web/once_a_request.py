"""What several steps ask about a request is found out once."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest

Found = TypeVar("Found")


def once_a_request(find: Callable[[HttpRequest], Found]) -> Callable[[HttpRequest], Found]:
    """Let a request keep what a function finds out about it. The function has no side effect."""
    name = f"{find.__module__}.{find.__name__}"

    @wraps(find)
    def found(request: HttpRequest) -> Found:
        kept = vars(request)
        if name not in kept:
            kept[name] = find(request)
        value: Found = kept[name]
        return value

    return found
