"""The site as a WSGI application. `config.connection` collects each body."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from config import log
from config.request_input import repair
from sessions.api.shortcut import SessionShortcut
from web.background import start_background

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
site = SessionShortcut(get_wsgi_application())
log.never_wait()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request, in a process that has its background thread."""
    start_background()
    repair(environ)
    return site(environ, start_response)
