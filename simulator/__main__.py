"""`python -m simulator`: serve the simulated providers until interrupted."""

import argparse
import secrets
import sys
import threading
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from simulator.server import bound_server, serve
from simulator.stage import stage

HERE = Path(__file__).parent


def main() -> None:
    options = _options()
    _configure(options.host)
    try:
        server = bound_server(options.host, options.port, verbose=options.verbose)
    except OSError as error:
        sys.exit(
            f"Cannot listen on {options.host}:{options.port} ({error.strerror}). Try --port 0."
        )
    stage.open(server.origin, options.redirect_origin)
    server.set_app(WSGIHandler())
    threading.Thread(target=_warm_up, daemon=True).start()
    serve(server)


def _warm_up() -> None:
    """Load the rest and make the RSA key while the first visitor is still on the way."""
    import_module("simulator.urls")
    import_module("simulator.keys").RS256.public_jwk()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A simulated GitHub, Google and OpenID Provider for demos and tests.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=9000, help="0 picks a free one")
    parser.add_argument(
        "--redirect-origin",
        type=_origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a site that may sign people in, such as http://localhost:8000; repeatable",
    )
    parser.add_argument("--verbose", action="store_true", help="print method and path, no queries")
    return parser.parse_args()


def _origin(value: str) -> str:
    """Return an origin without its trailing slash (RFC 6454 §6.2)."""
    origin = value.rstrip("/")
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
        message = f"{value!r} is not an origin such as http://localhost:8000"
        raise argparse.ArgumentTypeError(message)
    return origin


def _configure(host: str) -> None:
    """Set Django up with nothing but URLs and templates: no database, sessions or cookies."""
    settings.configure(
        ALLOWED_HOSTS=["*"] if host in ("0.0.0.0", "::") else ["127.0.0.1", "localhost", host],  # noqa: S104
        LOGGING=LOGGING,
        MIDDLEWARE=[
            "simulator.middleware.remember_request",
            "simulator.middleware.set_headers",
            "simulator.date.tell_the_time",
        ],
        ROOT_URLCONF="simulator.urls",
        SECRET_KEY=secrets.token_urlsafe(),
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [HERE / "templates"],
            }
        ],
        USE_I18N=False,
        USE_TZ=True,
    )
    django.setup()


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django.security": {"level": "CRITICAL"},  # tests often send hostile requests
    },
}

if __name__ == "__main__":
    main()
