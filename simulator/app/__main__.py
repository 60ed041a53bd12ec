"""Serve the app at its address (`APP`) until interrupted."""

import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from simulator.app.sign_in import APP
from simulator.server import bound_server, serve

TEMPLATES = Path(__file__).parents[1] / "templates"


def main() -> None:
    _configure()
    port = urlsplit(APP).port or 80
    try:
        server = bound_server("127.0.0.1", port, verbose=False)
    except OSError as error:
        sys.exit(f"Cannot listen on 127.0.0.1:{port} ({error.strerror}). Try another port in APP.")
    server.set_app(WSGIHandler())
    serve(server)


def _configure() -> None:
    """Set Django up: sessions in memory, no database."""
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        CSRF_USE_SESSIONS=True,
        MIDDLEWARE=[
            "simulator.middleware.set_headers",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
        ROOT_URLCONF="simulator.app.views",
        SECRET_KEY=secrets.token_urlsafe(48),
        SESSION_COOKIE_NAME="demo-app",
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [TEMPLATES],
            }
        ],
        USE_I18N=False,
        USE_TZ=True,
    )
    django.setup()


if __name__ == "__main__":
    main()
