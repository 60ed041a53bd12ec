"""`/healthz`, `/readyz` (strangers can read them, so they say little) and `/metrics`."""

import logging
import os
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import prometheus_client
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from config import folders
from config.hosts import canonical_origin, is_loopback
from config.outage import parts_gone, sentence
from sessions.signing_keys.keyring import has_signing_key

logger = logging.getLogger(__name__)
NOT_STORED = {"Cache-Control": "no-store"}
# How the headers that proxies add begin, in lower case
FORWARDING = ("forwarded", "x-forwarded-", "x-real-ip", "via", "cf-connecting-ip", "true-client-ip")

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class HealthMiddleware:
    """Respond to health checks before the host check, because they use the IP address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match request.path_info:
            case "/healthz":
                return _alive()
            case "/readyz":
                return _ready()
            case "/metrics":
                return metrics_response(request)
        return self._get_response(request)


def from_memory(environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes] | None:
    """Say that the process is alive, without a thread: the event loop asks this.

    Threads that wait do not delay it. Threads that compute do, by some milliseconds each time.
    """
    if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) != ("GET", "/healthz"):
        return None
    response = _alive()
    return "200 OK", list(response.items()), response.content


def problem() -> str:
    """Say why nobody can sign in now, "" if people can."""
    try:
        cache.set("readyz", True, 10)
        if not cache.get("readyz"):
            return "the cache cannot store anything"
        if not has_signing_key():
            return "there is no signing key"
        return folders.problem()
    except parts_gone() as error:
        return sentence(error) or type(error).__name__


def _alive() -> HttpResponse:
    return HttpResponse("alive\n", "text/plain", headers=NOT_STORED)


def _ready() -> HttpResponse:
    reason = problem()
    if reason:
        logger.error("not ready: %s", reason)
        return HttpResponse("not ready\n", "text/plain", 503, headers=NOT_STORED)
    return HttpResponse("ready\n", "text/plain", headers=NOT_STORED)


def metrics_response(request: HttpRequest) -> HttpResponse:
    """Return the numbers of all processes of this machine, or 401 if they may not be seen."""
    if not (_knows_token(request) or _is_from_here(request)):
        advice = "Ask on this machine, or with METRICS_TOKEN as a Bearer token.\n"
        headers = {"WWW-Authenticate": "Bearer", **NOT_STORED}
        return HttpResponse(advice, "text/plain", 401, headers=headers)
    registry = prometheus_client.REGISTRY
    if folders.METRICS in os.environ:
        registry = prometheus_client.CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text = prometheus_client.generate_latest(registry)
    return HttpResponse(text, prometheus_client.CONTENT_TYPE_LATEST, headers=NOT_STORED)


def process_ended(pid: int) -> None:
    """Forget the gauges of a process, but keep its counters."""
    if folders.METRICS in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _knows_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_same = secrets.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    return bool(settings.METRICS_TOKEN) and scheme.lower() == "bearer" and is_same


def _is_from_here(request: HttpRequest) -> bool:
    """Tell whether a program of this machine sent the request, and no proxy.

    A proxy that adds no header and sends a loopback `Host` looks like such a program.
    """
    if any(name.lower().startswith(FORWARDING) for name in request.headers):
        return False
    origin = canonical_origin(f"http://{request.META.get('HTTP_HOST', '')}") or ""
    host = urlsplit(origin).hostname or ""
    return is_loopback(request.META.get("REMOTE_ADDR", "")) and is_loopback(host)
