"""`/healthz`, `/readyz`, `/metrics`: for programs that monitor the site.

The first two say only one word, because strangers can read them.
"""

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from config import folders, metrics
from config.outage import sentence
from sessions.signing_keys.keyring import has_signing_key

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Respond to health checks before the host check, because they use the IP address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match request.path_info:
            case "/healthz":
                return _response("alive", ok=True)
            case "/readyz":
                return _response("ready", ok=_is_ready())
            case "/metrics":
                return metrics.response(request)
        return self.get_response(request)


def problem() -> str:
    """Say why nobody can sign in now, "" if people can."""
    try:
        cache.set("readyz", True, 10)
        if not cache.get("readyz"):
            return "the cache cannot store anything"
        if not has_signing_key():
            return "there is no signing key"
        return folders.problem()
    except (DatabaseError, RedisError) as error:
        return sentence(error) or type(error).__name__


def _is_ready() -> bool:
    reason = problem()
    if reason:
        logger.error("not ready: %s", reason)
    return not reason


def _response(word: str, *, ok: bool) -> HttpResponse:
    text = word if ok else f"not {word}"
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(f"{text}\n", "text/plain", 200 if ok else 503, headers=headers)
