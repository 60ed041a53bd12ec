"""The site as a WSGI application. `config.request_reader` collects each body."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from config import lean, log
from config.request_input import repair
from sessions.api.shortcut import SessionShortcut
from web import csrf_strings
from web.background import start_background

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
site = SessionShortcut(get_wsgi_application())
lean.leave_out()
lean.replace()
csrf_strings.install()
log.never_wait()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request, in a process that has its background thread."""
    start_background()
    repair(environ)
    return site(environ, start_response)
